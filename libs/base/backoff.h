#pragma once

#include <chrono>

namespace centralita {

/// Exponential back-off with full jitter (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015),
/// but never less than half of the step, so that a wait is always a wait.
struct Backoff {
  std::chrono::milliseconds first{200};
  std::chrono::milliseconds most{30'000};

  /// How long to wait after the `attempt`-th failure, counted from 1; `random` in [0, 1).
  std::chrono::milliseconds wait(int attempt, double random) const;
  /// The same with a random number of its own. Thread-safe.
  std::chrono::milliseconds wait(int attempt) const;
};

}  // namespace centralita
