#include "libs/bus/dispatcher.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "libs/base/error.h"
#include "libs/base/log.h"
#include "libs/bus/tools/contract.h"

namespace centralita::bus {
namespace {

using contract::event;
using contract::eventually;
using contract::Gate;
using contract::number_of;
using std::chrono::milliseconds;

constexpr int kPartition = 3;

SubscriptionOptions reading(int concurrency) {
  log::configure(log::Level::kOff, "test");
  SubscriptionOptions options;
  options.group = "test";
  options.concurrency = concurrency;
  return options;
}

DispatcherOptions quick() {
  DispatcherOptions options;
  options.backoff = {milliseconds{1}, milliseconds{5}};
  options.idle = milliseconds{20};
  return options;
}

/// Offsets from `first` on, one for each key.
std::vector<Delivery> deliveries(int64_t first, const std::vector<std::string>& keys, const std::string& tenant = {}) {
  std::vector<Delivery> all;
  for (const auto& key : keys) {
    const auto offset = first + static_cast<int64_t>(all.size());
    all.push_back({offset, event("t", key, static_cast<int>(offset), tenant)});
  }
  return all;
}

/// What was handled, in order.
class Record {
 public:
  void add(int number) {
    const std::lock_guard lock(mutex_);
    numbers_.push_back(number);
  }
  std::vector<int> numbers() const {
    const std::lock_guard lock(mutex_);
    return numbers_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<int> numbers_;
};

const Dispatcher::Bury kNoDeath = [](const Event&, const std::string&) { FAIL_CHECK("nothing should die"); };

TEST_CASE("the low-water mark stays below the first unfinished event") {
  Gate gate;
  Dispatcher dispatcher(
      reading(4),
      [&](const Event& event) {
        if (number_of(event) == 11) gate.pass();
      },
      kNoDeath, [] {}, quick());
  dispatcher.assign(kPartition, 10);
  CHECK(dispatcher.low_water().at(kPartition) == 10);
  dispatcher.add(kPartition, deliveries(10, {"a", "b", "c", "d"}), 20);
  REQUIRE(eventually([&] { return dispatcher.in_flight() == 1; }));
  CHECK(dispatcher.low_water().at(kPartition) == 11);
  gate.open();
  REQUIRE(eventually([&] { return dispatcher.in_flight() == 0; }));
  CHECK(dispatcher.low_water().at(kPartition) == 20);
}

TEST_CASE("a key's events are handled in order even when the first one fails at first") {
  Record record;
  std::atomic<int> failures = 3;
  Dispatcher dispatcher(
      reading(8),
      [&](const Event& event) {
        if (number_of(event) == 0 && failures-- > 0) throw Error(Code::kUnavailable, "AWAY", "Away.");
        record.add(number_of(event));
      },
      kNoDeath, [] {}, quick());
  dispatcher.assign(kPartition, 0);
  dispatcher.add(kPartition, deliveries(0, {"a", "a", "a", "a"}), 4);
  REQUIRE(eventually([&] { return dispatcher.in_flight() == 0; }));
  CHECK(record.numbers() == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("a retry that waits occupies no worker") {
  Record record;
  Dispatcher dispatcher(
      reading(1),
      [&](const Event& event) {
        if (event.key == "stuck") {
          Error error(Code::kUnavailable, "AWAY", "Away.");
          error.retry_after = std::chrono::hours{1};
          throw error;
        }
        record.add(number_of(event));
      },
      kNoDeath, [] {}, quick());
  dispatcher.assign(kPartition, 0);
  dispatcher.add(kPartition, deliveries(0, {"stuck", "a", "b"}), 3);
  REQUIRE(eventually([&] { return record.numbers() == std::vector<int>{1, 2}; }));
  CHECK(eventually([&] { return dispatcher.in_flight() == 1; }));
  CHECK(dispatcher.low_water().at(kPartition) == 0);
}

TEST_CASE("errors decide whether an event is tried again, and how often") {
  struct Row {
    std::string name;
    std::function<void()> fail;
    int attempts;
    std::string reason;
  };
  const std::vector<Row> rows = {
      {"permanent", [] { throw Error(Code::kInvalidArgument, "INVALID_FIELD", "message.body: is empty"); }, 1,
       "INVALID_FIELD: message.body: is empty"},
      {"not found", [] { throw not_found("channel"); }, 1, "NOT_FOUND: There is no such channel."},
      {"unexpected", [] { throw std::runtime_error("Marta's text"); }, 3, "UNEXPECTED: std::runtime_error"},
      {"no exception at all", [] { throw 7; }, 3, "UNEXPECTED: int"},
      {"text that is no text", [] { throw Error(Code::kInternal, "BROKEN", "\xff"); }, 1, "BROKEN"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    std::atomic<int> attempts = 0;
    std::promise<std::string> death;
    auto options = reading(2);
    options.unexpected_failures = 3;
    Dispatcher dispatcher(
        options, [&](const Event&) { ++attempts, row.fail(); },
        [&](const Event&, const std::string& reason) { death.set_value(reason); }, [] {}, quick());
    dispatcher.assign(kPartition, 0);
    dispatcher.add(kPartition, deliveries(0, {"a"}), 1);
    CHECK(death.get_future().get() == row.reason);
    REQUIRE(eventually([&] { return dispatcher.low_water().at(kPartition) == 1; }));
    CHECK(attempts == row.attempts);
  }
}

TEST_CASE("a transient error is tried again until it is time to give up") {
  std::atomic<int> attempts = 0;
  std::promise<std::string> death;
  auto options = reading(2);
  options.give_up_after = milliseconds{30};
  Dispatcher dispatcher(
      options, [&](const Event&) { ++attempts, throw Error(Code::kUnavailable, "AWAY", "Away."); },
      [&](const Event&, const std::string& reason) { death.set_value(reason); }, [] {}, quick());
  dispatcher.assign(kPartition, 0);
  dispatcher.add(kPartition, deliveries(0, {"a"}), 1);
  CHECK(death.get_future().get() == "AWAY: Away.");
  CHECK(attempts > 2);
}

TEST_CASE("a dead letter that cannot be written is never dropped") {
  std::atomic<int> handled = 0;
  std::atomic<int> burials = 0;
  Dispatcher dispatcher(
      reading(2), [&](const Event&) { ++handled, throw Error(Code::kInternal, "BROKEN", "Broken."); },
      [&](const Event&, const std::string&) {
        if (++burials < 4) throw Error(Code::kUnavailable, "AWAY", "Away.");
      },
      [] {}, quick());
  dispatcher.assign(kPartition, 0);
  dispatcher.add(kPartition, deliveries(0, {"a"}), 1);
  REQUIRE(eventually([&] { return dispatcher.in_flight() == 0; }));
  CHECK(burials == 4);
  CHECK(handled == 1);
}

TEST_CASE("tenants take turns") {
  Gate gate;
  Record record;
  Dispatcher dispatcher(
      reading(1),
      [&](const Event& event) {
        gate.pass();
        record.add(number_of(event));
      },
      kNoDeath, [] {}, quick());
  dispatcher.assign(kPartition, 0);
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back("a" + std::to_string(i));
  dispatcher.add(kPartition, deliveries(0, keys, "A"), 100);
  dispatcher.add(kPartition, deliveries(100, {"b1", "b2"}, "B"), 102);
  gate.open();
  REQUIRE(eventually([&] { return dispatcher.in_flight() == 0; }));
  const auto numbers = record.numbers();
  const auto place = [&](int number) { return std::find(numbers.begin(), numbers.end(), number) - numbers.begin(); };
  CHECK(place(100) <= 2);
  CHECK(place(101) <= 4);
}

TEST_CASE("a full partition has no room, and tells when it has some again") {
  Gate gate;
  std::atomic<int> told = 0;
  auto options = quick();
  options.window = 3;
  Dispatcher dispatcher(
      reading(1), [&](const Event&) { gate.pass(); }, kNoDeath, [&] { ++told; }, options);
  dispatcher.assign(kPartition, 0);
  dispatcher.assign(kPartition + 1, 0);
  CHECK(dispatcher.room(kPartition) == 3);
  dispatcher.add(kPartition, deliveries(0, {"a", "b", "c"}), 3);
  CHECK(dispatcher.room(kPartition) == 0);
  CHECK(dispatcher.room(kPartition + 1) == 3);
  gate.open();
  REQUIRE(eventually([&] { return dispatcher.in_flight() == 0; }));
  CHECK(eventually([&] { return told == 1; }));
  CHECK(dispatcher.room(kPartition) == 3);
}

TEST_CASE("large events fill a partition, too") {
  Gate gate;
  auto options = quick();
  options.window_bytes = 100;
  Dispatcher dispatcher(
      reading(1), [&](const Event&) { gate.pass(); }, kNoDeath, [] {}, options);
  dispatcher.assign(kPartition, 0);
  auto large = deliveries(0, {"a"});
  large[0].event.data = "1" + std::string(100, ' ');
  dispatcher.add(kPartition, std::move(large), 1);
  CHECK(dispatcher.room(kPartition) == 0);
}

TEST_CASE("a revoked partition forgets what waits and is ours until what is at work has ended") {
  Gate gate;
  Record record;
  std::atomic<bool> told = false;
  Dispatcher dispatcher(
      reading(1),
      [&](const Event& event) {
        gate.pass();
        record.add(number_of(event));
      },
      kNoDeath, [&] { told = true; }, quick());
  dispatcher.assign(kPartition, 5);
  dispatcher.add(kPartition, deliveries(5, {"a", "b", "c"}), 8);
  REQUIRE(eventually([&] { return gate.arrived() == 1; }));
  CHECK_FALSE(dispatcher.revoke(kPartition, milliseconds{0}));
  CHECK(dispatcher.in_flight() == 1);
  dispatcher.add(kPartition, deliveries(8, {"d"}), 9);
  CHECK(dispatcher.in_flight() == 1);
  gate.open();
  REQUIRE(eventually([&] { return told.load(); }));
  CHECK(dispatcher.revoke(kPartition, milliseconds{0}) == 6);
  CHECK(record.numbers() == std::vector<int>{5});
  CHECK(dispatcher.low_water().empty());
}

TEST_CASE("without a lease no handler is started, and with one they go on") {
  Record record;
  Dispatcher dispatcher(
      reading(2), [&](const Event& event) { record.add(number_of(event)); }, kNoDeath, [] {}, quick());
  dispatcher.assign(kPartition, 0);
  dispatcher.allow_until(Dispatcher::Clock::now());
  dispatcher.add(kPartition, deliveries(0, {"a", "b"}), 2);
  CHECK_FALSE(eventually([&] { return !record.numbers().empty(); }, std::chrono::seconds{0}));
  CHECK(dispatcher.in_flight() == 2);
  dispatcher.allow_until(Dispatcher::Clock::time_point::max());
  CHECK(eventually([&] { return record.numbers().size() == 2; }));
}

TEST_CASE("never more handlers than agreed are at work, and the agreed number is") {
  Gate gate;
  Dispatcher dispatcher(
      reading(5), [&](const Event&) { gate.pass(); }, kNoDeath, [] {}, quick());
  dispatcher.assign(kPartition, 0);
  std::vector<std::string> keys;
  for (int i = 0; i < 50; ++i) keys.push_back(std::to_string(i));
  dispatcher.add(kPartition, deliveries(0, keys), 50);
  REQUIRE(eventually([&] { return gate.arrived() == 5; }));
  CHECK_FALSE(eventually([&] { return gate.arrived() > 5; }, std::chrono::seconds{0}));
  gate.open();
  CHECK(eventually([&] { return dispatcher.in_flight() == 0; }));
}

TEST_CASE("workers that were idle and ended are replaced when there is work") {
  Record record;
  auto options = quick();
  options.idle = milliseconds{1};
  Dispatcher dispatcher(
      reading(3), [&](const Event& event) { record.add(number_of(event)); }, kNoDeath, [] {}, options);
  dispatcher.assign(kPartition, 0);
  for (int i = 0; i < 50; ++i) {
    dispatcher.add(kPartition, deliveries(i, {"a"}), i + 1);
    REQUIRE(eventually([&] { return dispatcher.in_flight() == 0; }));
  }
  CHECK(record.numbers().size() == 50);
}

}  // namespace
}  // namespace centralita::bus
