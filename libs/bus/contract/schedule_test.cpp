#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>

#include "centralita/agents/v1/events.pb.h"
#include "libs/base/id.h"
#include "libs/bus/scheduler.h"
#include "libs/bus/tools/contract.h"

namespace centralita::bus::contract {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

/// Real time, and a jump of one's own.
class JumpingClock final : public Clock {
 public:
  Time now() const override { return SystemClock{}.now() + hours{jumped_.load()}; }
  void jump(hours by) { jumped_ += by.count(); }

 private:
  std::atomic<int64_t> jumped_ = 0;
};

/// Schedules TurnDue events, and hears which conversations' turn it is.
struct Turns {
  Turns() {
    SubscriptionOptions options;
    options.group = "g";
    options.topics = {topic_of(*agents::v1::TurnDue::descriptor())};
    subscription = world.bus->subscribe(options, [this](const Event& event) {
      const std::lock_guard lock(mutex);
      heard.push_back(parse<agents::v1::TurnDue>(event).conversation_id());
      ids.push_back(event.id);
      tenants.push_back(event.tenant_id);
    });
  }

  void schedule(const std::string& conversation, Time at, const std::string& handle) {
    Tx tx(world.database(), caller);
    agents::v1::TurnDue due;
    due.set_conversation_id(conversation);
    tx.schedule(due, at, handle);
    tx.commit();
  }

  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex);
    return heard;
  }

  World world;
  JumpingClock clock;
  Caller caller = Caller::service("agents", new_id(), Trace::start());
  mutable std::mutex mutex;
  std::vector<std::string> heard;
  std::vector<std::string> ids;
  std::vector<std::string> tenants;
  std::unique_ptr<Scheduler> scheduler = std::make_unique<Scheduler>(world.database(), clock);
  std::unique_ptr<Subscription> subscription;
};

TEST_CASE("an event that was scheduled is said when it is due, not before, for its tenant") {
  Turns turns;
  turns.schedule("later", turns.clock.now() + hours{2}, "turn/later");
  turns.schedule("soon", turns.clock.now() + milliseconds{50}, "turn/soon");
  REQUIRE(eventually([&] { return !turns.all().empty(); }));
  CHECK(turns.all() == std::vector<std::string>{"soon"});
  turns.clock.jump(hours{3});
  REQUIRE(eventually([&] { return turns.all().size() == 2; }));
  CHECK(turns.all().back() == "later");
  CHECK(turns.tenants.back() == turns.caller.tenant_id);
}

TEST_CASE("what this process schedules is said at once when it is due") {
  Turns turns;
  turns.schedule("warm up", turns.clock.now(), "turn/0");
  REQUIRE(eventually([&] { return turns.all().size() == 1; }));
  const auto start = std::chrono::steady_clock::now();
  turns.schedule("c", turns.clock.now(), "turn/c");
  REQUIRE(eventually([&] { return turns.all().size() == 2; }));
  CHECK(std::chrono::steady_clock::now() - start < milliseconds{500});
}

TEST_CASE("a later call with the same handle replaces, and cancelling takes back") {
  Turns turns;
  const auto soon = turns.clock.now() + hours{1};
  turns.schedule("first", soon, "turn/a");
  turns.schedule("second", soon, "turn/a");
  turns.schedule("cancelled", soon, "turn/b");
  turns.schedule("kept", soon + milliseconds{1}, "turn/c");
  {
    Tx tx(turns.world.database(), turns.caller);
    tx.cancel("turn/b");
    tx.commit();
  }
  {
    // Another tenant's handles are its own.
    Tx tx(turns.world.database(), Caller::service("agents", new_id(), Trace::start()));
    tx.cancel("turn/c");
    tx.commit();
  }
  {
    Tx rolled_back(turns.world.database(), turns.caller);
    rolled_back.cancel("turn/a");
  }
  turns.clock.jump(hours{2});
  REQUIRE(eventually([&] { return turns.all().size() >= 2; }));
  CHECK_THAT(turns.all(), Catch::UnorderedEquals(std::vector<std::string>{"second", "kept"}));
}

TEST_CASE("what is due together is said in the order of its times, whoever moves it") {
  Turns turns;
  const Scheduler second(turns.world.database(), turns.clock);
  const Scheduler third(turns.world.database(), turns.clock);
  const auto base = turns.clock.now() + hours{1};
  constexpr int kMany = 500;
  Tx tx(turns.world.database(), turns.caller);
  agents::v1::TurnDue due;
  due.set_conversation_id("one");
  for (int i = 0; i < kMany; ++i) tx.schedule(due, base + milliseconds{kMany - i}, std::to_string(i));
  tx.commit();
  turns.clock.jump(hours{2});
  REQUIRE(eventually([&] { return turns.all().size() == kMany; }));
  CHECK(std::is_sorted(turns.ids.rbegin(), turns.ids.rend()));
}

TEST_CASE("a transaction's events and what it schedules are said if it commits, and once for each event heard") {
  Turns turns;
  const auto cause = event("test.cause.v1", "k", 0, turns.caller.tenant_id);
  agents::v1::TurnDue due;
  due.set_conversation_id("c");
  for (int time = 0; time < 3; ++time) {
    Tx tx(turns.world.database(), turns.caller, cause, "handler");
    CHECK(tx.first_time() == (time < 2));
    if (!tx.first_time()) continue;
    tx.publish(due);
    tx.publish(due);
    tx.schedule(due, turns.clock.now(), "turn/c");
    if (time == 1) tx.commit();
  }
  REQUIRE(eventually([&] { return turns.all().size() == 3; }));
  CHECK(eventually([&] { return turns.world.lag("g", "agents.turn-due.v1") == 0; }));
  CHECK(turns.all().size() == 3);
}

}  // namespace
}  // namespace centralita::bus::contract
