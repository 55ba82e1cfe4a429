#include "libs/bus/postgres/publisher.h"

#include <pthread.h>

#include <iterator>

#include "libs/base/error.h"
#include "libs/base/metrics.h"

namespace centralita::bus {
namespace {

constexpr size_t kMostWaiting = 50'000;
constexpr size_t kBatch = 500;
constexpr size_t kBatchBytes = 4 << 20;

size_t bytes_of(const std::vector<Event>& events) {
  size_t bytes = 0;
  for (const auto& event : events) bytes += event.data.size();
  return bytes;
}

bool is_transient(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return error.transient();
  } catch (...) {
    return false;
  }
}

}  // namespace

Publisher::Publisher(pg::Pool& pool, Write write, Committed committed)
    : pool_(pool), write_(std::move(write)), committed_(std::move(committed)), thread_([this] { work(); }) {}

Publisher::~Publisher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Publisher::publish(std::vector<Event> events, Done done) {
  if (events.empty()) return done(nullptr);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_events_ < kMostWaiting) {
      waiting_events_ += events.size();
      waiting_.push_back({std::move(events), std::move(done)});
      changed_.notify_all();
      return;
    }
  }
  done(std::make_exception_ptr(Error(Code::kResourceExhausted, "BUS_BUSY", "Too much is waiting to be said.")));
}

void Publisher::work() {
  pthread_setname_np(pthread_self(), "bus-publish");
  for (auto calls = take(); !calls.empty(); calls = take()) say_all(std::move(calls));
}

std::vector<Publisher::Call> Publisher::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  std::vector<Call> calls;
  size_t events = 0;
  size_t bytes = 0;
  while (!waiting_.empty() && events < kBatch && bytes < kBatchBytes) {
    events += waiting_.front().events.size();
    bytes += bytes_of(waiting_.front().events);
    calls.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  waiting_events_ -= events;
  return calls;
}

std::exception_ptr Publisher::say(const std::vector<Event>& events) {
  try {
    pg::Tx tx(pool_, "");
    write_(tx, events);
    tx.commit();
  } catch (...) {
    return std::current_exception();
  }
  committed_(events);
  return nullptr;
}

void Publisher::say_all(std::vector<Call> calls) {
  static auto& sizes = metrics::histogram("centralita_bus_publish_batch", "Events that shared a commit.", {},
                                          {1, 2, 4, 8, 16, 32, 64, 128, 256, 512});
  std::vector<Event> events;
  for (const auto& call : calls) events.insert(events.end(), call.events.begin(), call.events.end());
  sizes.observe(static_cast<double>(events.size()));
  const auto failed = say(events);
  // Events that cannot be said must not take with them those that only happened to share their commit.
  const bool each_alone = failed && calls.size() > 1 && !is_transient(failed);
  for (auto& call : calls) call.done(each_alone ? say(call.events) : failed);
}

}  // namespace centralita::bus
