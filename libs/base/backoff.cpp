#include "libs/base/backoff.h"

#include <algorithm>
#include <random>

namespace centralita {

std::chrono::milliseconds Backoff::wait(int attempt, double random) const {
  const int doublings = std::clamp(attempt - 1, 0, 30);
  const auto step = std::min(most.count(), first.count() << doublings);
  return std::chrono::milliseconds(step / 2 + static_cast<long>(static_cast<double>(step - step / 2) * random));
}

std::chrono::milliseconds Backoff::wait(int attempt) const {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return wait(attempt, std::uniform_real_distribution<>{}(engine));
}

}  // namespace centralita
