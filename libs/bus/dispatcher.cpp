#include "libs/bus/dispatcher.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/base/exception.h"
#include "libs/base/log.h"
#include "libs/base/metrics.h"
#include "libs/base/trace.h"

namespace centralita::bus {
namespace {

using std::chrono::milliseconds;

void count_outcome(const char* outcome, const std::string& group, const std::string& type) {
  metrics::counter("centralita_bus_events_total", "Attempts to handle events, by how they ended.",
                   {{"outcome", outcome}, {"group", group}, {"type", type}})
      .add();
}

std::string reason_of(const Error& error) {
  constexpr size_t kLongest = 1'000;
  const auto text = error.reason() + ": " + error.message();
  return is_text(text) ? std::string(utf8_prefix(text, kLongest)) : error.reason();
}

}  // namespace

Dispatcher::Dispatcher(SubscriptionOptions subscription, Handler handler, Bury bury, Progressed progressed,
                       DispatcherOptions options)
    : subscription_(std::move(subscription)),
      handler_(std::move(handler)),
      bury_(std::move(bury)),
      progressed_(std::move(progressed)),
      options_(options),
      in_flight_gauge_(metrics::gauge("centralita_bus_in_flight", "Events read and not finished.",
                                      {{"group", subscription_.group}})),
      seconds_(metrics::histogram("centralita_bus_handler_seconds", "How long attempts to handle an event took.",
                                  {{"group", subscription_.group}})) {}

Dispatcher::~Dispatcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [number, partition] : partitions_) forget_waiting(partition);
    work_.notify_all();
  }
  for (auto& worker : workers_) worker.thread.join();
}

void Dispatcher::assign(int partition, int64_t next) {
  const std::lock_guard lock(mutex_);
  partitions_[partition].next = next;
}

void Dispatcher::add(int partition, std::vector<Delivery> deliveries, int64_t next) {
  const std::lock_guard lock(mutex_);
  const auto found = partitions_.find(partition);
  if (found == partitions_.end() || found->second.revoked || stopping_) return;
  auto& ours = found->second;
  for (auto& delivery : deliveries) {
    ours.unfinished.insert(delivery.offset);
    ours.bytes += delivery.event.data.size();
    auto& lane = ours.lanes[delivery.event.key];
    lane.partition = &ours;
    lane.deliveries.push_back(std::move(delivery));
    if (lane.deliveries.size() == 1) make_ready(lane);
  }
  ours.next = next;
  count(static_cast<int>(deliveries.size()));
}

int Dispatcher::room(int partition) const {
  const std::lock_guard lock(mutex_);
  const auto found = partitions_.find(partition);
  if (found == partitions_.end() || found->second.revoked || full(found->second)) return 0;
  return options_.window - static_cast<int>(found->second.unfinished.size());
}

std::optional<int64_t> Dispatcher::revoke(int partition, milliseconds at_most) {
  std::unique_lock lock(mutex_);
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) return std::nullopt;
  auto& ours = found->second;
  forget_waiting(ours);
  if (!rest_.wait_for(lock, at_most, [&ours] { return ours.at_work == 0; })) return std::nullopt;
  const auto first = ours.low_water();
  partitions_.erase(found);
  return first;
}

void Dispatcher::allow_until(Clock::time_point moment) {
  const std::lock_guard lock(mutex_);
  allowed_until_ = moment;
  hire();
  work_.notify_all();
}

std::map<int, int64_t> Dispatcher::low_water() const {
  const std::lock_guard lock(mutex_);
  std::map<int, int64_t> marks;
  for (const auto& [number, partition] : partitions_) marks[number] = partition.low_water();
  return marks;
}

int Dispatcher::in_flight() const {
  const std::lock_guard lock(mutex_);
  return in_flight_;
}

void Dispatcher::work(Worker& self) {
  pthread_setname_np(pthread_self(), ("bus-" + subscription_.group).substr(0, 15).c_str());
  std::unique_lock lock(mutex_);
  auto bored_at = Clock::now() + options_.idle;
  while (!stopping_) {
    wake_due();
    const auto now = Clock::now();
    if (ready_.size() > 0 && now < allowed_until_) {
      run_next(lock);
      bored_at = Clock::now() + options_.idle;
      continue;
    }
    const bool needed = idle_ == 0 && (ready_.size() > 0 || !later_.empty());
    if (now >= bored_at) {
      if (!needed) break;
      bored_at = now + options_.idle;
    }
    ++idle_;
    work_.wait_until(lock, later_.empty() ? bored_at : std::min(bored_at, later_.begin()->first));
    --idle_;
  }
  self.ended = true;
}

void Dispatcher::run_next(std::unique_lock<std::mutex>& lock) {
  auto& lane = *ready_.pop();
  lane.at_work = true;
  ++lane.partition->at_work;
  hire();
  const auto& event = lane.deliveries.front().event;

  lock.unlock();
  const auto wait = attempt(lane, event);
  lock.lock();

  if (settle(lane, wait)) {
    lock.unlock();
    progressed_();
    lock.lock();
  }
}

Dispatcher::Wait Dispatcher::attempt(Lane& lane, const Event& event) {
  const TraceScope trace(Trace::parse(event.traceparent).next());
  if (!lane.cause_of_death.empty()) return bury(lane, event);
  const auto start = Clock::now();
  if (lane.failures == 0) lane.failing_since = start;
  Wait wait;
  try {
    handler_(event);
    count_outcome("handled", subscription_.group, event.type);
  } catch (...) {
    wait = judge(lane, event);
  }
  seconds_.observe(std::chrono::duration<double>(Clock::now() - start).count());
  return wait;
}

Dispatcher::Wait Dispatcher::judge(Lane& lane, const Event& event) {
  ++lane.failures;
  const auto usual = options_.backoff.wait(lane.failures);
  try {
    throw;
  } catch (const Error& error) {
    if (error.transient() && Clock::now() - lane.failing_since < subscription_.give_up_after)
      return again(event, std::max(milliseconds{1}, error.retry_after.value_or(usual)), lane, error.reason());
    lane.cause_of_death = reason_of(error);
  } catch (...) {
    auto what = "UNEXPECTED: " + exception_type();
    if (++lane.surprises < subscription_.unexpected_failures) return again(event, usual, lane, what);
    lane.cause_of_death = std::move(what);
  }
  return bury(lane, event);
}

Dispatcher::Wait Dispatcher::again(const Event& event, milliseconds wait, const Lane& lane, const std::string& reason) {
  count_outcome("failed", subscription_.group, event.type);
  log::warn("an event will be tried again", {{"group", subscription_.group},
                                             {"type", event.type},
                                             {"event_id", event.id},
                                             {"failures", lane.failures},
                                             {"wait_ms", wait.count()},
                                             {"reason", reason}});
  return wait;
}

Dispatcher::Wait Dispatcher::bury(Lane& lane, const Event& event) {
  try {
    bury_(event, lane.cause_of_death);
  } catch (...) {
    const auto wait = options_.backoff.wait(++lane.failures);
    log::error("a dead letter cannot be written yet", {{"group", subscription_.group},
                                                       {"type", event.type},
                                                       {"event_id", event.id},
                                                       {"wait_ms", wait.count()},
                                                       {"reason", "UNEXPECTED: " + exception_type()}});
    return wait;
  }
  count_outcome("dead", subscription_.group, event.type);
  log::error("an event is dead", {{"group", subscription_.group},
                                  {"type", event.type},
                                  {"event_id", event.id},
                                  {"failures", lane.failures},
                                  {"reason", lane.cause_of_death}});
  return std::nullopt;
}

bool Dispatcher::settle(Lane& lane, Wait wait) {
  auto& partition = *lane.partition;
  const auto& first = lane.deliveries.front();
  const auto key = first.event.key;
  const bool was_full = full(partition);
  lane.at_work = false;
  --partition.at_work;

  if (wait && !partition.revoked) {
    later_.emplace(Clock::now() + *wait, &lane);
    work_.notify_one();
    return false;
  }
  if (!wait) {
    partition.unfinished.erase(first.offset);
    partition.bytes -= first.event.data.size();
  }
  count(-1);
  lane.deliveries.pop_front();
  lane.failures = lane.surprises = 0;
  lane.cause_of_death.clear();
  if (lane.deliveries.empty())
    partition.lanes.erase(key);
  else
    make_ready(lane);
  if (!partition.revoked) return was_full && !full(partition);
  if (partition.at_work > 0) return false;
  rest_.notify_all();
  return true;
}

void Dispatcher::make_ready(Lane& lane) {
  ready_.push(lane.deliveries.front().event.tenant_id, &lane);
  hire();
  work_.notify_one();
}

void Dispatcher::wake_due() {
  const auto now = Clock::now();
  while (!later_.empty() && later_.begin()->first <= now) {
    auto& lane = *later_.begin()->second;
    later_.erase(later_.begin());
    make_ready(lane);
  }
}

void Dispatcher::forget_waiting(Partition& partition) {
  if (partition.revoked) return;
  partition.revoked = true;
  ready_.erase_if([&partition](const Lane* lane) { return lane->partition == &partition; });
  std::erase_if(later_, [&partition](const auto& entry) { return entry.second->partition == &partition; });
  for (auto entry = partition.lanes.begin(); entry != partition.lanes.end();) {
    auto& lane = entry->second;
    const size_t kept = lane.at_work ? 1 : 0;
    count(static_cast<int>(kept) - static_cast<int>(lane.deliveries.size()));
    while (lane.deliveries.size() > kept) lane.deliveries.pop_back();
    entry = lane.at_work ? std::next(entry) : partition.lanes.erase(entry);
  }
}

bool Dispatcher::full(const Partition& partition) const {
  return static_cast<int>(partition.unfinished.size()) >= options_.window || partition.bytes >= options_.window_bytes;
}

void Dispatcher::hire() {
  const int wanted = ready_.size() + (later_.empty() ? 0 : 1);
  if (wanted <= idle_ || stopping_) return;
  workers_.remove_if([](Worker& worker) {
    if (worker.ended) worker.thread.join();
    return worker.ended;
  });
  if (static_cast<int>(workers_.size()) >= subscription_.concurrency) return;
  auto& worker = workers_.emplace_back();
  worker.thread = std::thread([this, &worker] { work(worker); });
}

void Dispatcher::count(int events) {
  in_flight_ += events;
  in_flight_gauge_.add(events);
}

}  // namespace centralita::bus
