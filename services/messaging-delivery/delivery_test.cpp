#include <catch2/catch.hpp>

#include "services/messaging-delivery/test_line.h"

using namespace centralita;
using namespace centralita::delivery;

TEST_CASE("a message is handed to its provider once, however often it is requested") {
  Line line;
  const auto request = line.message("Hola, Marta");
  for (int i = 0; i < 3; ++i) line.say(request);
  const auto update = line.until(request, v1::SENT);
  CHECK(update.conversation_id() == request.conversation_id());
  CHECK_FALSE(update.provider_message_id().empty());
  line.settle();
  CHECK(line.sent() == std::vector<std::string>{"Hola, Marta"});
  CHECK(line.statuses(request) == std::vector{v1::SENT});
}

TEST_CASE("a provider that asks to wait is given the time it asks for") {
  Line line;
  line.behave({{"mode", "status"}, {"status", 429}, {"retryAfter", 1}, {"count", 1}});
  const auto begin = std::chrono::steady_clock::now();
  const auto request = line.message("Hola");
  line.say(request);
  line.until(request, v1::SENT);
  CHECK(std::chrono::steady_clock::now() - begin >= 1s);
  CHECK(line.sent() == std::vector<std::string>{"Hola"});
}

TEST_CASE("a provider with an error of its own is asked what became of the message, and tried again") {
  Line line;
  line.behave({{"mode", "status"}, {"status", 500}, {"count", 1}});
  const auto request = line.message("Hola");
  line.say(request);
  line.until(request, v1::SENT);
  CHECK(line.sent() == std::vector<std::string>{"Hola"});
  CHECK(line.row(request).attempts == 2);
}

TEST_CASE("a provider that accepts and hangs up has the message once, and we know it") {
  Line line;
  line.behave({{"mode", "hang_up_after_accepting"}, {"count", 1}});
  const auto request = line.message("Hola");
  line.say(request);
  CHECK_FALSE(line.until(request, v1::SENT).provider_message_id().empty());
  line.settle();
  CHECK(line.sent() == std::vector<std::string>{"Hola"});
  CHECK(line.row(request).attempts == 1);
}

TEST_CASE("a provider that hangs up before accepting gets the message once, later") {
  Line line;
  line.behave({{"mode", "hang_up"}, {"count", 1}});
  const auto request = line.message("Hola");
  line.say(request);
  line.until(request, v1::SENT);
  line.settle();
  CHECK(line.sent() == std::vector<std::string>{"Hola"});
  CHECK(line.row(request).attempts == 2);
}

TEST_CASE("the same text said twice on purpose arrives twice, also when the second answer is lost") {
  Line line;
  const auto first = line.message("Sí");
  line.say(first);
  line.until(first, v1::SENT);
  line.behave({{"mode", "hang_up"}, {"count", 1}});
  const auto second = line.message("Sí", first.conversation_id());
  line.say(second);
  line.until(second, v1::SENT);
  CHECK(line.sent() == std::vector<std::string>{"Sí", "Sí"});
}

TEST_CASE("a process that died after its call to the provider does not send again") {
  Line line;
  const auto request = line.message("Hola");
  line.leave_open_attempt(request);
  line.send_directly(request);
  line.say(request);
  CHECK_FALSE(line.until(request, v1::SENT).provider_message_id().empty());
  line.settle();
  CHECK(line.sent() == std::vector<std::string>{"Hola"});
}

TEST_CASE("a process that died before its call to the provider is made up for") {
  Line line;
  const auto request = line.message("Hola");
  line.leave_open_attempt(request);
  line.say(request);
  line.until(request, v1::SENT);
  line.settle();
  CHECK(line.sent() == std::vector<std::string>{"Hola"});
}

TEST_CASE("processes that handle the same request at once send it once") {
  Line line;
  const auto request = line.message("Hola");
  const auto event = bus::make_event(request, line.caller());
  line.behave({{"mode", "slow"}, {"delayMs", 100}});
  channels::Directory directory(line.accounts.channel());
  http::Client client({.allow_private_addresses = true});
  const SystemClock clock;
  delivery::Settings settings;
  settings.abandoned_after = 1s;
  std::vector<std::unique_ptr<delivery::Service>> services;
  for (int i = 0; i < 8; ++i)
    services.push_back(std::make_unique<delivery::Service>(line.app_database(), directory, client, clock, settings));
  std::atomic<int> done{0};
  {
    std::vector<std::jthread> threads;
    for (auto& service : services)
      threads.emplace_back([&] {
        const auto end = std::chrono::steady_clock::now() + 15s;
        while (std::chrono::steady_clock::now() < end) {
          try {
            service->deliver(event);
            ++done;
            return;
          } catch (const Error& error) {
            if (!error.transient()) return;
            std::this_thread::sleep_for(10ms);
          }
        }
      });
  }
  CHECK(done == 8);
  CHECK(line.sent() == std::vector<std::string>{"Hola"});
  line.until(request, v1::SENT);
  CHECK(line.updates(request).size() == 1);
}

TEST_CASE("a message that the provider refuses is failed, with a reason for a person") {
  Line line;
  line.behave({{"mode", "status"}, {"status", 400}, {"count", 1}});
  const auto request = line.message("Hola");
  line.say(request);
  const auto update = line.until(request, v1::FAILED);
  CHECK_FALSE(update.failure().code().empty());
  CHECK_FALSE(update.failure().reason().empty());
  line.settle();
  CHECK(line.sent().empty());
  CHECK(line.statuses(request) == std::vector{v1::FAILED});
}

TEST_CASE("a message for a channel that is gone, disabled or another tenant's is failed") {
  Line line;
  auto request = line.message("Hola");
  SECTION("gone") { line.accounts.remove(line.channel.channel().id()); }
  SECTION("disabled") {
    line.channel.mutable_channel()->set_enabled(false);
    line.accounts.put(line.channel);
  }
  SECTION("another tenant's") { request.set_channel_id(line.new_channel().channel().id()); }
  line.say(request);
  CHECK_FALSE(line.until(request, v1::FAILED).failure().reason().empty());
  CHECK(line.sent().empty());
}

TEST_CASE("what a channel says about itself anew counts from then on") {
  Line line;
  const auto first = line.message("uno");
  line.say(first);
  line.until(first, v1::SENT);
  line.channel.mutable_channel()->set_enabled(false);
  line.accounts.put(line.channel);
  accounts::v1::ChannelChanged changed;
  changed.set_channel_id(line.channel.channel().id());
  line.say(changed);
  line.settle();
  const auto second = line.message("dos");
  line.say(second);
  line.until(second, v1::FAILED);
}

TEST_CASE("a message that no provider takes in time is failed") {
  Line line("delivery.give_up_after", "600ms");
  SECTION("because it was busy") {
    line.behave({{"mode", "status"}, {"status", 429}});
    const auto request = line.message("Hola");
    line.say(request);
    CHECK(line.until(request, v1::FAILED).failure().code() == "GAVE_UP");
  }
  SECTION("because nobody can be asked what became of it") {
    const auto request = line.message("Hola");
    line.leave_open_attempt(request);
    line.behave({{"mode", "status"}, {"status", 503}, {"path", "Messages"}});
    line.say(request);
    CHECK(line.until(request, v1::FAILED).failure().code() == "UNCONFIRMED");
  }
  line.settle();
  CHECK(line.sent().empty());
}

TEST_CASE("the messages of a conversation keep their order while the first is tried again; others do not wait") {
  Line line;
  line.behave({{"mode", "status"}, {"status", 429}, {"retryAfter", 1}, {"count", 1}});
  const auto conversation = new_id();
  std::vector<v1::DeliveryRequested> requests;
  std::vector<std::string> bodies;
  for (int i = 0; i < 5; ++i) {
    requests.push_back(line.message(bodies.emplace_back("mensaje " + std::to_string(i)), conversation));
    line.say(requests.back());
    // The first one has met the busy provider before the others are said.
    if (i == 0) {
      const auto end = std::chrono::steady_clock::now() + 10s;
      while (line.calls().empty() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(5ms);
    }
  }
  const auto other = line.message("otra", new_id(), "+573009998877");
  line.say(other);
  line.until(other, v1::SENT);
  CHECK(line.sent().empty());
  line.until(requests.back(), v1::SENT);
  CHECK(line.sent() == bodies);
}
