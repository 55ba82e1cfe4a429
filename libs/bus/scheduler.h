#pragma once

#include <memory>

#include "libs/bus/tx.h"

namespace centralita::bus {

/// Says scheduled events when they are due. One thread; any number of processes may run one. A process looks at least
/// once a second, and at once for what it scheduled itself.
class Scheduler {
 public:
  Scheduler(Database database, const Clock& clock);
  ~Scheduler();

  /// Tells every scheduler of this process that something is due at `at`.
  static void wake(Time at);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace centralita::bus
