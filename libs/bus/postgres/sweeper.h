#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/pg/pg.h"

namespace centralita::bus {

/// Deletes what nobody needs any more: events older than `retention` that every group has finished, dead letters at
/// twice that age, what the inbox remembers at three times. One thread, mostly asleep; of several processes one works.
class Sweeper {
 public:
  Sweeper(pg::Pool& pool, std::chrono::hours retention);
  ~Sweeper();

 private:
  void work();
  /// How many rows were deleted; 0 when there is nothing left to delete.
  int64_t sweep();

  pg::Pool& pool_;
  const std::chrono::seconds retention_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace centralita::bus
