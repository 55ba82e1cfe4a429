#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>

#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/bus/tools/contract.h"

namespace centralita::bus::contract {
namespace {

TEST_CASE("while one key is tried again its later events wait, and other keys go on") {
  World world;
  const auto keys = keys_of_one_partition(3);
  const auto record = recorder(world.database(), "g");
  std::atomic<bool> away = true;
  const auto subscription = world.subscribe("g", "test.retry.v1", [&](const Event& event) {
    if (event.key == keys[0] && number_of(event) == 0 && away) throw Error(Code::kUnavailable, "AWAY", "Away.");
    record(event);
  });
  std::vector<Event> events;
  for (int number = 0; number < 3; ++number)
    for (const auto& key : keys) events.push_back(event("test.retry.v1", key, number));
  world.bus->publish(events);
  REQUIRE(eventually([&] { return world.effects("g").size() == 6; }));
  CHECK_FALSE(by_key(world.effects("g")).contains(keys[0]));
  away = false;
  REQUIRE(eventually([&] { return world.effects("g").size() == 9; }));
  CHECK(by_key(world.effects("g"))[keys[0]] == std::vector<int>{0, 1, 2});
  CHECK(world.bus->dead_letters("").empty());
}

TEST_CASE("what can never be handled becomes a dead letter, and once mended it is handled once") {
  World world;
  const auto topic = std::string("test.dead.v1");
  std::atomic<bool> broken = true;
  const auto record = recorder(world.database(), "strict");
  const auto strict = world.subscribe("strict", topic, [&](const Event& event) {
    if (event.key == "k1" && broken) throw Error(Code::kInvalidArgument, "INVALID_FIELD", "message.body: is empty");
    record(event);
  });
  const auto easy = world.subscribe("easy", topic, recorder(world.database(), "easy"));
  auto events = events_for(topic, 3, 1);
  events[1].tenant_id = new_id();
  world.bus->publish(events);

  REQUIRE(eventually([&] { return world.bus->dead_letters(topic).size() == 1; }));
  const auto letter = world.bus->dead_letters(topic).front();
  CHECK(letter.group == "strict");
  CHECK(letter.reason == "INVALID_FIELD: message.body: is empty");
  CHECK_FALSE(letter.replayed);
  CHECK(letter.event.id == events[1].id);
  CHECK(letter.event.topic == topic);
  CHECK(letter.event.key == "k1");
  CHECK(letter.event.data == events[1].data);
  CHECK(letter.event.tenant_id == events[1].tenant_id);
  CHECK(letter.event.time == events[1].time);
  CHECK(letter.event.traceparent == events[1].traceparent);
  CHECK(world.bus->dead_letters("test.other.v1").empty());

  broken = false;
  world.bus->replay(letter.id);
  world.bus->replay(letter.id);
  CHECK(world.bus->dead_letters("").front().replayed);
  REQUIRE(eventually([&] { return by_key(world.effects("strict")) == expected(3, 1); }));
  REQUIRE(eventually([&] { return world.lag("strict", topic) == 0 && world.lag("easy", topic) == 0; }));
  CHECK(by_key(world.effects("strict")) == expected(3, 1));
  CHECK(by_key(world.effects("easy")) == expected(3, 1));
}

TEST_CASE("a dead letter that dies again after its replay is there again") {
  World world;
  const auto topic = std::string("test.again.v1");
  const auto subscription = world.subscribe(
      "g", topic, [](const Event&) { throw Error(Code::kFailedPrecondition, "NO_CHANNEL", "No channel."); });
  world.bus->publish({event(topic, "k")});
  REQUIRE(eventually([&] { return world.bus->dead_letters(topic).size() == 1; }));
  const auto id = world.bus->dead_letters(topic).front().id;
  const auto died_at = world.bus->dead_letters(topic).front().died_at;
  world.bus->replay(id);
  REQUIRE(eventually([&] { return world.bus->dead_letters(topic).front().died_at > died_at; }));
  CHECK(world.bus->dead_letters(topic).size() == 1);
  CHECK_FALSE(world.bus->dead_letters(topic).front().replayed);
  CHECK(world.bus->dead_letters(topic).front().id == id);
}

TEST_CASE("there is no replay of what is not dead") {
  World world;
  CHECK_THROWS_AS(world.bus->replay(new_id()), Error);
  CHECK_THROWS_AS(world.bus->replay(""), Error);
}

TEST_CASE("an unexpected exception is tried a few times, then it is dead") {
  World world;
  std::atomic<int> attempts = 0;
  SubscriptionOptions options;
  options.group = "g";
  options.topics = {"test.surprise.v1"};
  options.unexpected_failures = 3;
  const auto subscription = world.bus->subscribe(options, [&](const Event&) {
    ++attempts;
    throw std::out_of_range("a customer's text");
  });
  world.bus->publish({event("test.surprise.v1", "k")});
  REQUIRE(eventually([&] { return !world.bus->dead_letters("").empty(); }));
  CHECK(attempts == 3);
  CHECK(world.bus->dead_letters("").front().reason == "UNEXPECTED: std::out_of_range");
}

TEST_CASE("an event is put straight among the dead letters") {
  World world;
  const auto unread = event("test.unread.v1", "channel");
  world.bus->bury(unread, "ingest", "UNREADABLE: no parser");
  world.bus->bury(unread, "ingest", "UNREADABLE: no parser");
  world.bus->bury(event("test.unread.v1", "channel"), "ingest", "UNREADABLE: another");
  const auto letters = world.bus->dead_letters("test.unread.v1");
  REQUIRE(letters.size() == 2);
  CHECK(letters[0].event.id == unread.id);
  CHECK(letters[1].reason == "UNREADABLE: another");
  const auto subscription = world.subscribe("g", "test.unread.v1", recorder(world.database(), "g"));
  world.bus->replay(letters[0].id);
  REQUIRE(eventually([&] { return world.effects("g").size() == 1; }));
  CHECK(world.effects("g").front().event_id == unread.id);
}

TEST_CASE("a transaction that is rolled back says nothing") {
  World world;
  const auto events = events_for("test.rollback.v1", 2, 1);
  {
    pg::Tx tx(*world.pool, "");
    world.bus->write(tx, {events[0]});
  }
  {
    pg::Tx tx(*world.pool, "");
    world.bus->write(tx, {events[1]});
    tx.commit();
    world.bus->committed({events[1]});
  }
  const auto subscription = world.subscribe("g", "test.rollback.v1", recorder(world.database(), "g"));
  REQUIRE(eventually([&] { return !world.effects("g").empty(); }));
  REQUIRE(eventually([&] { return world.lag("g", "test.rollback.v1") == 0; }));
  CHECK(by_key(world.effects("g")) == std::map<std::string, std::vector<int>>{{"k1", {0}}});
}

TEST_CASE("a hundred handlers of the same event at once have one effect") {
  World world;
  const auto same = event("test.same.v1", "k");
  const auto handle = recorder(world.database(), "g");
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 100; ++i)
    threads.emplace_back([&] {
      try {
        handle(same);
      } catch (const Error&) {
        ++failed;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(world.effects("g").size() == 1);
}

}  // namespace
}  // namespace centralita::bus::contract
