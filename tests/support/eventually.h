#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

namespace centralita::tests {

/// Whether the condition comes true before the deadline; it is looked at every few milliseconds.
template <class Condition>
bool eventually(const Condition& condition, std::chrono::milliseconds deadline = std::chrono::seconds{30}) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

/// The same, and fails the test, saying what was waited for, when it does not.
template <class Condition>
void eventually(const std::string& what, const Condition& condition,
                std::chrono::milliseconds deadline = std::chrono::seconds{30}) {
  if (!eventually(condition, deadline)) FAIL("waited in vain for: " << what);
}

}  // namespace centralita::tests
