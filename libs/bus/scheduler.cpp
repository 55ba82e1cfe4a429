#include "libs/bus/scheduler.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>

#include "bus_sql.h"
#include "libs/base/error.h"
#include "libs/base/log.h"
#include "libs/base/metrics.h"

namespace centralita::bus {
namespace {

using std::chrono::microseconds;

constexpr int kBatch = 200;
constexpr microseconds kLook = std::chrono::seconds{1};
/// While another process moves what is due, or somebody is just changing it.
constexpr microseconds kBusy = std::chrono::milliseconds{20};

Event event_of(const pg::Row& row) {
  return {row.text("event_id"),    row.text("type"),  row.text("source"), row.time("publish_at"), row.text("tenant_id"),
          row.text("traceparent"), row.text("topic"), row.bytes("key"),   row.bytes("data")};
}

}  // namespace

struct Scheduler::Impl {
  Impl(Database database, const Clock& clock) : database_(database), clock_(clock) {
    const std::lock_guard lock(all_mutex);
    all.insert(this);
  }

  ~Impl() {
    {
      const std::lock_guard lock(all_mutex);
      all.erase(this);
    }
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void wake(Time at) {
    const std::lock_guard lock(mutex_);
    next_ = std::min(next_, at);
    changed_.notify_all();
  }

  void work() {
    pthread_setname_np(pthread_self(), "scheduler");
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      next_ = Time::max();
      lock.unlock();
      const auto known = move_all_due();
      lock.lock();
      next_ = std::min(next_, known);
      const auto look = std::chrono::steady_clock::now() + kLook;
      while (!stopping_ && next_ > clock_.now() && std::chrono::steady_clock::now() < look)
        changed_.wait_until(lock, std::min(look, std::chrono::steady_clock::now() + wait_for(next_)));
    }
  }

  static inline std::mutex all_mutex;
  static inline std::set<Impl*> all;

 private:
  std::chrono::microseconds wait_for(Time at) const {
    return std::clamp<microseconds>(at > clock_.now() + kLook ? kLook : at - clock_.now(), microseconds{500}, kLook);
  }

  /// When the next one is due, as far as is known.
  Time move_all_due() {
    try {
      for (bool more = true; more && !stopping();) more = move_due();
      failing_ = false;
      pg::Tx tx(*database_.pool, "");
      return std::max(tx.one(sql::next_due).maybe_time("at").value_or(Time::max()), clock_.now() + kBusy);
    } catch (const Error& error) {
      if (!failing_) log::error("what is due cannot be said yet", {{"reason", error.reason()}});
      failing_ = true;
      return Time::max();
    }
  }

  /// Whether there may be more.
  bool move_due() {
    pg::Tx tx(*database_.pool, "");
    if (!tx.one(sql::try_scheduling).flag("mine")) return false;
    std::vector<Event> events;
    for (const auto row : tx.all(sql::take_due, clock_.now(), kBatch)) events.push_back(event_of(row));
    if (events.empty()) return false;
    std::sort(events.begin(), events.end(),
              [](const Event& a, const Event& b) { return std::tie(a.time, a.id) < std::tie(b.time, b.id); });
    database_.bus->write(tx, events);
    tx.commit();
    database_.bus->committed(events);
    static auto& moved = metrics::counter("centralita_bus_scheduled_said_total", "Scheduled events said when due.");
    moved.add(static_cast<double>(events.size()));
    return static_cast<int>(events.size()) == kBatch;
  }

  bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  const Database database_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Time next_ = Time::max();
  bool stopping_ = false;
  bool failing_ = false;
  std::thread thread_{[this] { work(); }};
};

Scheduler::Scheduler(Database database, const Clock& clock) : impl_(std::make_unique<Impl>(database, clock)) {}
Scheduler::~Scheduler() = default;

void Scheduler::wake(Time at) {
  const std::lock_guard lock(Impl::all_mutex);
  for (auto* scheduler : Impl::all) scheduler->wake(at);
}

}  // namespace centralita::bus
