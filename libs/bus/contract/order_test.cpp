#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <set>
#include <thread>

#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/base/log.h"
#include "libs/bus/tools/contract.h"

namespace centralita::bus::contract {
namespace {

TEST_CASE("events of one key are handled in order, whatever happens to other keys") {
  World world;
  constexpr int kKeys = 40;
  constexpr int kEach = 50;
  std::mutex mutex;
  std::vector<Effect> seen;
  const auto subscription = world.subscribe("g", "test.order.v1", [&](const Event& event) {
    const std::lock_guard lock(mutex);
    seen.push_back({event.id, event.key, number_of(event), ""});
  });
  for (int number = 0; number < kEach; ++number) {
    std::vector<Event> round;
    for (int key = 0; key < kKeys; ++key) round.push_back(event("test.order.v1", "k" + std::to_string(key), number));
    world.bus->publish(round);
  }
  REQUIRE(eventually([&] {
    const std::lock_guard lock(mutex);
    return seen.size() == kKeys * kEach;
  }));
  CHECK(by_key(seen) == expected(kKeys, kEach));
}

TEST_CASE("an event arrives as it was said") {
  World world;
  auto said = event("test.whole.v1", std::string("k\0\"\\{},ñ\xff", 10), 5, new_id());
  said.data = std::string("\0\x01\xff\"\\", 5);
  std::promise<Event> heard;
  const auto subscription = world.subscribe("g", "test.whole.v1", [&](const Event& event) { heard.set_value(event); });
  world.bus->publish({said});
  const auto event = heard.get_future().get();
  CHECK(event.id == said.id);
  CHECK(event.type == said.type);
  CHECK(event.source == said.source);
  CHECK(event.time == said.time);
  CHECK(event.tenant_id == said.tenant_id);
  CHECK(event.traceparent == said.traceparent);
  CHECK(event.topic == said.topic);
  CHECK(event.key == said.key);
  CHECK(event.data == said.data);
}

TEST_CASE("a handler that is stuck on one key holds up no other key of its partition") {
  World world;
  const auto keys = keys_of_one_partition(6);
  Gate gate;
  std::mutex mutex;
  std::set<std::string> handled;
  const auto subscription = world.subscribe("g", "test.stuck.v1", [&](const Event& event) {
    if (event.key == keys[0]) gate.pass();
    const std::lock_guard lock(mutex);
    handled.insert(event.key);
  });
  std::vector<Event> events;
  for (const auto& key : keys) events.push_back(event("test.stuck.v1", key));
  world.bus->publish(events);
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return handled.size();
  };
  CHECK(eventually([&] { return count() == keys.size() - 1; }));
  CHECK(eventually([&] { return subscription->in_flight() == 1; }));
  gate.open();
  CHECK(eventually([&] { return count() == keys.size(); }));
}

TEST_CASE("each group gets every event, from the beginning") {
  World world;
  world.bus->publish(events_for("test.groups.v1", 10, 3));
  const auto first = world.subscribe("first", "test.groups.v1", recorder(world.database(), "first"));
  const auto second = world.subscribe("second", "test.groups.v1", recorder(world.database(), "second"));
  CHECK(eventually([&] { return world.effects("first").size() == 30 && world.effects("second").size() == 30; }));
  CHECK(by_key(world.effects("first")) == expected(10, 3));
  CHECK(by_key(world.effects("second")) == expected(10, 3));
  CHECK(eventually([&] { return world.lag("first", "test.groups.v1") == 0; }));
}

TEST_CASE("one tenant's thousand events delay another's single one by a handful of handlers") {
  World world;
  constexpr int kConcurrency = 4;
  const auto loud = new_id();
  const auto quiet = new_id();
  Gate gate;
  std::atomic<int> handled = 0;
  std::atomic<int> place = -1;
  const auto subscription = world.subscribe(
      "g", "test.turns.v1",
      [&](const Event& event) {
        gate.pass();
        const int mine = handled++;
        if (event.tenant_id == quiet) place = mine;
      },
      kConcurrency);
  std::vector<Event> many;
  for (int i = 0; i < 1'000; ++i) many.push_back(event("test.turns.v1", "loud" + std::to_string(i), i, loud));
  world.bus->publish(many);
  REQUIRE(eventually([&] { return gate.arrived() == kConcurrency && subscription->in_flight() == 1'000; }));
  world.bus->publish({event("test.turns.v1", "quiet", 0, quiet)});
  REQUIRE(eventually([&] { return subscription->in_flight() == 1'001; }));
  gate.open();
  REQUIRE(eventually([&] { return place >= 0; }));
  CHECK(place <= 2 * kConcurrency);
  CHECK(eventually([&] { return handled == 1'001; }));
}

TEST_CASE("events published together are said all or not at all") {
  World world;
  auto events = events_for("test.atomic.v1", 5, 1);
  auto bad = event("test.atomic.v1", "bad");
  bad.id = "no id";
  events.push_back(bad);
  CHECK_THROWS_AS(world.bus->publish(events), Error);
  const auto subscription = world.subscribe("g", "test.atomic.v1", recorder(world.database(), "g"));
  world.bus->publish({event("test.atomic.v1", "k9", 7)});
  REQUIRE(eventually([&] { return !world.effects("g").empty(); }));
  REQUIRE(eventually([&] { return world.lag("g", "test.atomic.v1") == 0; }));
  CHECK(by_key(world.effects("g")) == std::map<std::string, std::vector<int>>{{"k9", {7}}});
}

TEST_CASE("of many who publish at once, who cannot be understood fails alone") {
  World world;
  const auto subscription = world.subscribe("g", "test.crowd.v1", recorder(world.database(), "g"));
  constexpr int kThreads = 16;
  constexpr int kEach = 20;
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (int number = 0; number < kEach; ++number) {
        auto good = event("test.crowd.v1", "k" + std::to_string(thread), number);
        auto bad = good;
        bad.id = "no id";
        world.bus->publish({good});
        try {
          world.bus->publish({bad});
        } catch (const Error&) {
          ++failed;
        }
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(failed == kThreads * kEach);
  REQUIRE(eventually([&] { return world.effects("g").size() == kThreads * kEach; }));
  CHECK(by_key(world.effects("g")) == expected(kThreads, kEach));
}

TEST_CASE("who publishes without waiting is called once, when it is durable") {
  World world;
  std::atomic<int> called = 0;
  std::promise<std::exception_ptr> done;
  world.bus->publish({event("test.later.v1", "k")}, [&](std::exception_ptr error) {
    if (++called == 1) done.set_value(error);
  });
  CHECK(done.get_future().get() == nullptr);
  CHECK(called == 1);
  CHECK(world.bus->alive());
}

}  // namespace
}  // namespace centralita::bus::contract
