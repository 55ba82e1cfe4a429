#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/bus/postgres/postgres_bus.h"
#include "libs/bus/tools/contract.h"

namespace centralita::bus {
namespace {

using contract::event;
using contract::eventually;
using contract::World;

constexpr auto kTopic = "test.log.v1";

constexpr pg::Statement kHoles{"test.holes",
                               "SELECT count(*) AS value FROM (SELECT partition_id FROM bus.log GROUP BY partition_id "
                               "HAVING max(log_offset) + 1 <> count(*)) AS partition_with_holes"};
constexpr pg::Statement kEvents{"test.events", "SELECT count(*) AS value FROM bus.log"};
constexpr pg::Statement kOffsets{"test.offsets", "SELECT sum(next_offset)::bigint AS value FROM bus.partition"};
constexpr pg::Statement kUnfinished{
    "test.unfinished",
    "SELECT count(*) AS value FROM bus.log AS e JOIN bus.lease AS l USING (partition_id) "
    "WHERE l.consumer_group = $1 AND e.log_offset >= l.committed"};
constexpr pg::Statement kSweep{"test.sweep",
                               "SELECT bus.sweep(now() + $1 * interval '1 hour', now() + $2 * interval '1 hour', "
                               "now() + $3 * interval '1 hour', 1000) AS value"};

/// Runs a statement that changes the tables, as their owner.
void break_with(World& world, const std::string& sql) {
  const pg::Migration migration{1, "break", sql.c_str(), ""};
  const pg::Schema broken{"broken", {}, {&migration, 1}};
  pg::Migrator(world.tables.owner_dsn(), world.tables.app_role(), {&broken}).up();
}

TEST_CASE("offsets have no gaps, whoever rolls back, and a reader never sees one before its predecessors") {
  World world;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 8; ++writer)
    writers.emplace_back([&, writer] {
      for (int i = 0; i < 60; ++i) {
        pg::Tx tx(*world.pool, "");
        world.bus->write(tx, {event(kTopic, std::to_string(writer)), event(kTopic, std::to_string(i))});
        if (i % 3 != 0) tx.commit();
      }
    });
  int64_t seen = 0;
  while (seen < 8 * 40 * 2) {
    REQUIRE(world.ask(kHoles) == 0);
    seen = world.ask(kEvents);
  }
  for (auto& writer : writers) writer.join();
  CHECK(world.ask(kOffsets) == 8 * 40 * 2);
}

TEST_CASE("events that take each other's partitions at once do not deadlock") {
  World world;
  std::atomic<int> failed = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 8; ++writer)
    writers.emplace_back([&, writer] {
      for (int i = 0; i < 30; ++i) try {
          auto events = contract::events_for(kTopic, 12, 1);
          for (auto& other : contract::events_for("test.other.v1", 12, 1)) events.push_back(other);
          if (writer % 2 == 1) std::reverse(events.begin(), events.end());
          pg::Tx tx(*world.pool, "");
          world.bus->write(tx, events);
          tx.commit();
        } catch (const Error&) {
          ++failed;
        }
    });
  for (auto& writer : writers) writer.join();
  CHECK(failed == 0);
}

TEST_CASE("the log forgets what is old and finished by every group, and nothing else") {
  World world;
  const auto fast = world.subscribe("fast", kTopic, contract::recorder(world.database(), "fast"));
  world.bus->publish(contract::events_for(kTopic, 10, 2));
  REQUIRE(eventually([&] { return world.lag("fast", kTopic) == 0; }));
  // A group that has the first event of each key behind it.
  {
    std::atomic<int> handled = 0;
    const auto slow = world.subscribe("slow", kTopic, [&](const Event& event) {
      if (contract::number_of(event) == 1) throw Error(Code::kUnavailable, "AWAY", "Away.");
      ++handled;
    });
    REQUIRE(eventually([&] { return handled == 10; }));
  }
  world.bus->bury(event(kTopic, "k"), "g", "DEAD: for a while");
  const auto remaining = world.ask(kUnfinished, {"slow"});
  REQUIRE(remaining < 20);
  // Events, dead letters and inbox: 1 when what is younger than an hour is old enough to go.
  CHECK(world.ask(kSweep, {-1, -1, -1}) == 0);
  CHECK(world.ask(kSweep, {1, -1, -1}) == 20 - remaining);
  CHECK(world.ask(kSweep, {1, -1, -1}) == 0);
  CHECK(world.bus->dead_letters("").size() == 1);
  CHECK(world.ask(kSweep, {1, 1, -1}) == 1);
  CHECK(world.ask(kSweep, {1, 1, 1}) == 20);

  const auto slow = world.subscribe("slow", kTopic, contract::recorder(world.database(), "slow"));
  CHECK(eventually([&] { return world.effects("slow").size() == static_cast<size_t>(remaining); }));
  CHECK(eventually([&] { return world.lag("slow", kTopic) == 0; }));
}

TEST_CASE("a new group's lag counts what the log still has") {
  World world;
  world.bus->publish(contract::events_for(kTopic, 4, 1));
  CHECK(world.ask(kSweep, {1, -1, -1}) == 4);
  world.bus->publish(contract::events_for(kTopic, 4, 1));
  contract::Gate gate;
  const auto late = world.subscribe("late", kTopic, [&](const Event&) { gate.pass(); });
  REQUIRE(eventually([&] { return late->in_flight() == 4; }));
  CHECK(world.lag("late", kTopic) == 4);
  gate.open();
}

TEST_CASE("large events are read a few at a time, and all of them") {
  World world;
  std::atomic<int> handled = 0;
  const auto subscription = world.subscribe("g", kTopic, [&](const Event& event) {
    if (event.data.size() == 1'500'000) ++handled;
  });
  for (int i = 0; i < 6; ++i) {
    auto large = event(kTopic, "k");
    large.data.assign(1'500'000, static_cast<char>('a' + i));
    world.bus->publish({large});
  }
  CHECK(eventually([&] { return handled == 6; }));
}

TEST_CASE("the bus is not alive when its tables cannot be written") {
  World world;
  CHECK(world.bus->alive());
  break_with(world, "REVOKE UPDATE ON bus.pulse FROM " + world.tables.app_role());
  CHECK_FALSE(world.bus->alive());
}

TEST_CASE("a subscription ends even when it cannot give back what it has") {
  World world;
  auto subscription = world.subscribe("g", kTopic, contract::recorder(world.database(), "g"));
  world.bus->publish(contract::events_for(kTopic, 5, 1));
  REQUIRE(eventually([&] { return world.effects("g").size() == 5; }));
  break_with(world, "REVOKE ALL ON bus.lease, bus.member FROM " + world.tables.app_role());
  const auto start = std::chrono::steady_clock::now();
  subscription.reset();
  CHECK(std::chrono::steady_clock::now() - start < 2 * contract::kLease);
}

TEST_CASE("handlers that hold every connection of the process hold up neither leases nor what is said") {
  World world;
  std::vector<std::unique_ptr<pg::Tx>> held;
  for (int i = 0; i < pg::PoolOptions{}.size; ++i) held.push_back(std::make_unique<pg::Tx>(*world.pool, ""));
  std::atomic<int> handled = 0;
  const auto subscription = world.subscribe("g", kTopic, [&](const Event&) { ++handled; });
  world.bus->publish(contract::events_for(kTopic, 5, 1));
  CHECK(eventually([&] { return handled == 5; }));
}

}  // namespace
}  // namespace centralita::bus
