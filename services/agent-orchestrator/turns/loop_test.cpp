#include "services/agent-orchestrator/turns/loop.h"

#include <catch2/catch.hpp>

#include "libs/rpc/time.h"

using namespace centralita;
using namespace centralita::agents;
using conversations::v1::Message;

namespace {

/// A conversation, message by message, on a clock of its own.
struct Talk {
  std::vector<Message> messages;
  Time now = *parse_time("2026-03-02T10:00:00Z");

  Talk& say(Message::Author author, const std::string& body, std::chrono::seconds later = std::chrono::seconds{2}) {
    now += later;
    Message message;
    message.set_author(author);
    message.mutable_content()->set_body(body);
    *message.mutable_created_at() = rpc::to_proto(now);
    messages.push_back(message);
    return *this;
  }
};

}  // namespace

TEST_CASE("our answers since the customer's last message are counted") {
  Talk talk;
  CHECK(turns_in_a_row(talk.messages) == 0);
  talk.say(Message::AGENT, "hola").say(Message::CUSTOMER, "hola");
  CHECK(turns_in_a_row(talk.messages) == 0);
  talk.say(Message::AGENT, "uno").say(Message::USER, "yo me ocupo").say(Message::AGENT, "dos");
  CHECK(turns_in_a_row(talk.messages) == 2);
}

TEST_CASE("eight equal messages, each right after our answer, are a machine's") {
  Talk talk;
  for (int i = 0; i < 7; ++i)
    talk.say(Message::AGENT, "Gracias por escribir.").say(Message::CUSTOMER, "No se encuentra.");
  CHECK_FALSE(is_machine(talk.messages));
  talk.say(Message::AGENT, "Gracias por escribir.").say(Message::CUSTOMER, "no se encuentra");
  CHECK(is_machine(talk.messages));
}

TEST_CASE("a person who repeats a message is no machine") {
  Talk slow;
  for (int i = 0; i < 10; ++i)
    slow.say(Message::AGENT, "Gracias.").say(Message::CUSTOMER, "¿y mi pedido?", std::chrono::minutes{5});
  CHECK_FALSE(is_machine(slow.messages));

  Talk burst;
  for (int i = 0; i < 10; ++i) burst.say(Message::CUSTOMER, "hola");
  CHECK_FALSE(is_machine(burst.messages));

  Talk talkative;
  for (int i = 0; i < 10; ++i)
    talkative.say(Message::AGENT, "¿Algo más?").say(Message::CUSTOMER, "sí, " + std::to_string(i));
  CHECK_FALSE(is_machine(talkative.messages));
}
