#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/pg/pg.h"

namespace centralita::conversations {

/// Sees to it that the coming months have their partition of messages: now, and once a day. One thread.
class Partitions {
 public:
  /// UNAVAILABLE when the database is away.
  explicit Partitions(pg::Pool& pool);
  ~Partitions();

 private:
  void ensure();
  void run(const std::stop_token& stop);

  pg::Pool& pool_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::jthread thread_;
};

}  // namespace centralita::conversations
