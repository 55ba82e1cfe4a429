#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <set>
#include <thread>

#include "libs/base/error.h"
#include "libs/bus/tools/contract.h"

namespace centralita::bus::contract {
namespace {

constexpr auto kTopic = "test.process.v1";

constexpr pg::Statement kTerminate{"test.terminate",
                                   "SELECT count(pg_terminate_backend(pid)) AS value FROM pg_stat_activity "
                                   "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                                   "AND usename = current_user"};

/// Publishes rounds of one event a key, some hundred a second, until it is told to stop; what could not be said is said
/// again.
class Traffic {
 public:
  Traffic(World& world, int keys) : world_(world), keys_(keys), thread_([this] { work(); }) {}
  ~Traffic() {
    if (thread_.joinable()) stop();
  }

  /// How many rounds there were.
  int stop() {
    stop_.set_value();
    thread_.join();
    return rounds_;
  }
  int rounds() const { return rounds_; }

 private:
  void work() {
    const auto stopped = stop_.get_future();
    for (; stopped.wait_for(std::chrono::milliseconds{5}) == std::future_status::timeout; ++rounds_) {
      std::vector<Event> round;
      for (int key = 0; key < keys_; ++key) round.push_back(event(kTopic, "k" + std::to_string(key), rounds_));
      while (!said(round)) {
      }
    }
  }
  bool said(const std::vector<Event>& round) {
    try {
      world_.bus->publish(round);
      return true;
    } catch (const Error& error) {
      return !error.transient();
    }
  }

  World& world_;
  const int keys_;
  std::promise<void> stop_;
  std::atomic<int> rounds_ = 0;
  std::thread thread_;
};

/// Every connection of the runtime role but the one that asks; how many.
int64_t terminate(World& world) {
  try {
    pg::Tx tx(*world.pool, "");
    return tx.one(kTerminate).number("value");
  } catch (const Error&) {
    return 0;
  }
}

std::set<std::string> processes(const std::vector<Effect>& effects) {
  std::set<std::string> names;
  for (const auto& effect : effects) names.insert(effect.process);
  return names;
}

TEST_CASE("after a restart the unfinished event comes again, and finished ones have no second effect") {
  World world;
  const auto record = recorder(world.database(), "g");
  world.bus->publish(events_for(kTopic, 20, 5));
  std::atomic<bool> away = true;
  const Handler handler = [&](const Event& event) {
    if (event.key == "k3" && away) throw Error(Code::kUnavailable, "AWAY", "Away.");
    record(event);
  };
  auto subscription = world.subscribe("g", kTopic, handler);
  REQUIRE(eventually([&] { return world.effects("g").size() == 95; }));
  subscription.reset();
  away = false;
  subscription = world.subscribe("g", kTopic, handler);
  REQUIRE(eventually([&] { return world.effects("g").size() == 100; }));
  CHECK(eventually([&] { return world.lag("g", kTopic) == 0; }));
  CHECK(by_key(world.effects("g")) == expected(20, 5));
}

TEST_CASE("a consumer that was killed is replaced, and nothing is lost or done twice") {
  World world;
  Consumer first(world, "g", kTopic, "first");
  Traffic traffic(world, 20);
  REQUIRE(eventually([&] { return world.effects("g").size() > 200; }));
  first.kill();
  Consumer second(world, "g", kTopic, "second");
  REQUIRE(eventually([&] { return processes(world.effects("g")).contains("second"); }));
  const auto rounds = traffic.stop();
  REQUIRE(eventually([&] { return world.effects("g").size() >= static_cast<size_t>(20 * rounds); }));
  CHECK(second.finish() == 0);
  CHECK(by_key(world.effects("g")) == expected(20, rounds));
  CHECK(world.lag("g", kTopic) == 0);
}

TEST_CASE("a second consumer takes its share at once, and the first one takes it back at once") {
  World world;
  Consumer first(world, "g", kTopic, "first");
  Traffic traffic(world, 40);
  REQUIRE(eventually([&] { return world.effects("g").size() > 200; }));
  Consumer second(world, "g", kTopic, "second");
  REQUIRE(eventually([&] { return processes(world.effects("g")).contains("second"); }));
  const auto joined = world.effects("g").size();
  REQUIRE(eventually([&] { return world.effects("g").size() > joined + 400; }));
  CHECK(first.finish() == 0);

  // Far from any lease's end: the one that left has handed over.
  const auto left = std::chrono::steady_clock::now();
  const auto round = traffic.rounds() + 1;
  REQUIRE(eventually([&] {
    const auto keys = by_key(world.effects("g"));
    return std::all_of(keys.begin(), keys.end(), [&](const auto& key) { return key.second.back() >= round; });
  }));
  CHECK(std::chrono::steady_clock::now() - left < kLease);
  const auto rounds = traffic.stop();
  REQUIRE(eventually([&] { return world.effects("g").size() >= static_cast<size_t>(40 * rounds); }));
  CHECK(second.finish() == 0);
  CHECK(by_key(world.effects("g")) == expected(40, rounds));
}

TEST_CASE("when every connection to the database breaks in the middle of the traffic, nothing is lost") {
  World world;
  const auto subscription = world.subscribe("g", kTopic, recorder(world.database(), "g"));
  Traffic traffic(world, 20);
  for (int time = 1; time <= 3; ++time) {
    const auto before = world.effects("g").size();
    REQUIRE(eventually([&] {
      try {
        return world.effects("g").size() > before + 200;
      } catch (const Error&) {
        return false;
      }
    }));
    CHECK(eventually([&] { return terminate(world) > 3; }));
  }
  const auto rounds = traffic.stop();
  REQUIRE(eventually([&] { return world.effects("g").size() >= static_cast<size_t>(20 * rounds); }));
  REQUIRE(eventually([&] { return world.lag("g", kTopic) == 0; }));
  CHECK(by_key(world.effects("g")) == expected(20, rounds));
  CHECK(world.bus->dead_letters("").empty());
}

}  // namespace
}  // namespace centralita::bus::contract
