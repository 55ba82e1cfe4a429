#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "libs/bus/event.h"
#include "libs/pg/pg.h"

namespace centralita::bus {

/// Says events that belong to no transaction. One thread; whatever was asked for while it was writing shares the next
/// commit. Thread-safe.
class Publisher {
 public:
  using Done = std::function<void(std::exception_ptr)>;
  using Write = std::function<void(pg::Tx&, const std::vector<Event>&)>;
  using Committed = std::function<void(const std::vector<Event>&)>;

  Publisher(pg::Pool& pool, Write write, Committed committed);
  /// Says what it was asked to before.
  ~Publisher();

  /// As Bus::publish. RESOURCE_EXHAUSTED at once when very much is waiting.
  void publish(std::vector<Event> events, Done done);

 private:
  struct Call {
    std::vector<Event> events;
    Done done;
  };

  void work();
  std::vector<Call> take();
  std::exception_ptr say(const std::vector<Event>& events);
  void say_all(std::vector<Call> calls);

  pg::Pool& pool_;
  const Write write_;
  const Committed committed_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Call> waiting_;
  size_t waiting_events_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace centralita::bus
