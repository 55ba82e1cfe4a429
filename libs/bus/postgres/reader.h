#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "libs/bus/dispatcher.h"
#include "libs/bus/postgres/bell.h"
#include "libs/bus/postgres/postgres_bus.h"

namespace centralita {
class Error;
}

namespace centralita::bus {

/// A member of a group: one thread that keeps its leases, reads its partitions, and records how far it came.
class Reader final : public Subscription {
 public:
  Reader(pg::Pool& pool, Bell& bell, const PostgresBusOptions& bus, SubscriptionOptions options, Handler handler,
         Dispatcher::Bury bury);
  ~Reader() override;

  int in_flight() const override { return dispatcher_.in_flight(); }

 private:
  using Steady = std::chrono::steady_clock;

  /// A partition that is leased to us, or was and is not at rest yet.
  struct Held {
    std::string topic;
    int64_t next = 0;       ///< To read.
    int64_t committed = 0;  ///< As recorded.
    bool leaving = false;
    std::optional<int64_t> rested;  ///< Where the next member goes on; set when nothing of it is at work any more.
  };

  void hear(const std::string& word);
  void work();
  void take_requests();
  void turn();
  void beat();
  void keep(const pg::Rows& leases);
  void leave();
  void give_up();
  void advance();
  void read();
  bool may_end();
  void wait();
  void record(pg::Tx& tx, const std::map<int, int64_t>& marks);
  void failed(const Error& error);

  pg::Pool& pool_;
  Bell& bell_;
  const PostgresBusOptions bus_;
  const SubscriptionOptions options_;
  const std::string me_;

  // Only the thread's.
  std::map<int, Held> held_;
  Steady::time_point next_beat_{};
  Steady::time_point next_read_{};
  Steady::time_point next_advance_{};
  Steady::time_point last_read_{};
  Steady::time_point leave_by_ = Steady::time_point::max();
  bool joined_ = false;
  bool leaving_ = false;
  bool unrecorded_ = false;
  bool failing_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool read_asked_ = false;
  bool beat_asked_ = false;
  bool stopping_ = false;

  Dispatcher dispatcher_;
  Bell::Ear ear_;
  std::thread thread_;
};

}  // namespace centralita::bus
