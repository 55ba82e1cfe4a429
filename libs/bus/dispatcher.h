#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "libs/base/backoff.h"
#include "libs/bus/bus.h"
#include "libs/bus/turns.h"

namespace centralita::metrics {
class Gauge;
class Histogram;
}  // namespace centralita::metrics

namespace centralita::bus {

/// An event where an engine found it.
struct Delivery {
  int64_t offset;
  Event event;
};

struct DispatcherOptions {
  int window = 4'096;                      ///< Unfinished events of one partition to hold,
  size_t window_bytes = 16 << 20;          ///< and bytes of their data.
  Backoff backoff;                         ///< Between the attempts at one event.
  std::chrono::milliseconds idle{10'000};  ///< After which a worker without work ends.
};

/// Runs the handler of one subscription over what an engine reads: what all engines share. Many keys at once, for one
/// key one event at a time and in order, tenants in turn; tries again, gives up, buries. An event that waits for its
/// next attempt holds up its key and occupies no thread. Thread-safe.
///
/// A partition is a number that the engine chooses for each partition of each topic.
class Dispatcher {
 public:
  using Clock = std::chrono::steady_clock;

  /// Puts an event among the dead letters; whatever it throws makes it be called again, later, for ever.
  using Bury = std::function<void(const Event&, const std::string& reason)>;
  /// Called, from any thread, when a full partition has room again and when a revoked one has come to rest.
  using Progressed = std::function<void()>;

  Dispatcher(SubscriptionOptions subscription, Handler handler, Bury bury, Progressed progressed,
             DispatcherOptions options = {});
  /// Starts nothing more; returns when the handlers at work have ended.
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// From here on the partition is ours; `next` is the offset of its first unfinished event.
  void assign(int partition, int64_t next);
  /// What was read, by rising offsets; `next` is the offset from which to read on. Forgotten when the partition is not
  /// ours.
  void add(int partition, std::vector<Delivery> deliveries, int64_t next);
  /// How many more events of the partition to read now.
  int room(int partition) const;
  /// Forgets what of the partition is not at work, and takes nothing more. When nothing is at work any more, the
  /// partition is no longer ours, and the answer is the offset of its first unfinished event; waits for that at most so
  /// long.
  std::optional<int64_t> revoke(int partition, std::chrono::milliseconds at_most);

  /// No handler is started after this moment: until then nobody else can have our partitions. For ever by default.
  void allow_until(Clock::time_point moment);

  /// For each partition, the offset below which every event is finished.
  std::map<int, int64_t> low_water() const;
  /// Events that were added and are not finished.
  int in_flight() const;

 private:
  struct Partition;

  /// The unfinished events of one key. The first one is at work, or ready, or waits for its next attempt.
  struct Lane {
    Partition* partition;
    std::deque<Delivery> deliveries;
    bool at_work = false;
    // Of the first one; only its worker touches them.
    int failures = 0;
    int surprises = 0;
    Clock::time_point failing_since;
    std::string cause_of_death;  ///< Not empty: to be buried.
  };

  struct Partition {
    int64_t next = 0;
    std::set<int64_t> unfinished;
    size_t bytes = 0;
    int at_work = 0;
    bool revoked = false;
    std::unordered_map<std::string, Lane> lanes;

    int64_t low_water() const { return unfinished.empty() ? next : *unfinished.begin(); }
  };

  struct Worker {
    std::thread thread;
    bool ended = false;
  };

  using Wait = std::optional<std::chrono::milliseconds>;

  void work(Worker& self);
  void run_next(std::unique_lock<std::mutex>& lock);
  /// How long to wait before the next attempt; nothing when the event is finished.
  Wait attempt(Lane& lane, const Event& event);
  Wait judge(Lane& lane, const Event& event);
  Wait again(const Event& event, std::chrono::milliseconds wait, const Lane& lane, const std::string& reason);
  Wait bury(Lane& lane, const Event& event);
  /// Whether there is something to tell the engine.
  bool settle(Lane& lane, Wait wait);
  void make_ready(Lane& lane);
  void wake_due();
  void forget_waiting(Partition& partition);
  bool full(const Partition& partition) const;
  /// Makes a worker when what is ready, or will be, is more than the idle ones can take.
  void hire();
  void count(int events);

  const SubscriptionOptions subscription_;
  const Handler handler_;
  const Bury bury_;
  const Progressed progressed_;
  const DispatcherOptions options_;
  metrics::Gauge& in_flight_gauge_;
  metrics::Histogram& seconds_;

  mutable std::mutex mutex_;
  std::condition_variable work_;  ///< There may be work for a worker.
  std::condition_variable rest_;  ///< A revoked partition came to rest.
  std::map<int, Partition> partitions_;
  Turns<Lane*> ready_;
  std::multimap<Clock::time_point, Lane*> later_;  ///< When to try again.
  Clock::time_point allowed_until_ = Clock::time_point::max();
  int in_flight_ = 0;
  bool stopping_ = false;
  std::list<Worker> workers_;
  int idle_ = 0;
};

}  // namespace centralita::bus
