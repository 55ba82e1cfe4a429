#include "services/agent-orchestrator/turns/prompt.h"

#include <catch2/catch.hpp>

using namespace centralita;
using namespace centralita::agents;
using conversations::v1::Message;

namespace {

Message make_message(Message::Author author, const std::string& body) {
  Message message;
  message.set_author(author);
  message.mutable_content()->set_body(body);
  return message;
}

const text::LocalTime kNow{.year = 2026, .month = 3, .day = 2, .weekday = 1, .minute = 9 * 60 + 5};

}  // namespace

TEST_CASE("a model is told who it is, what the business knows, and when it is") {
  v1::Agent agent;
  agent.set_prompt("Eres la recepción de la Clínica Sonrisa.");
  v1::KnowledgeEntry entry;
  entry.set_title("Horario");
  entry.set_answer("Abrimos a las 9.");
  const auto prompt = make_prompt(agent, {&entry, 1}, kNow, {});
  CHECK(prompt.system.starts_with(agent.prompt()));
  CHECK(prompt.system.find("- Horario: Abrimos a las 9.") != std::string::npos);
  CHECK(prompt.system.find("Monday 2026-03-02 09:05") != std::string::npos);
}

TEST_CASE("speakers alternate and the customer begins") {
  const std::vector<Message> messages = {
      make_message(Message::AGENT, "Hola, soy Sol."), make_message(Message::CUSTOMER, "hola"),
      make_message(Message::CUSTOMER, "¿abren hoy?"), make_message(Message::AGENT, "Sí."),
      make_message(Message::USER, "Hasta las 7."),    make_message(Message::CUSTOMER, "gracias")};
  const auto lines = make_prompt({}, {}, kNow, messages).lines;
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].text == "hola\n¿abren hoy?");
  CHECK(lines[1].text == "Sí.\nHasta las 7.");
  CHECK(lines[1].speaker == Speaker::kAgent);
  CHECK(lines[2].text == "gracias");
}

TEST_CASE("a long conversation is given from its end, a long message from its beginning") {
  std::vector<Message> messages;
  for (int i = 0; i < 50; ++i)
    messages.push_back(
        make_message(i % 2 ? Message::AGENT : Message::CUSTOMER, std::to_string(i) + std::string(10'000, 'x')));
  messages.push_back(make_message(Message::CUSTOMER, "lo último"));
  const auto lines = make_prompt({}, {}, kNow, messages).lines;
  size_t size = 0;
  for (const auto& line : lines) size += line.text.size();
  CHECK(size < 12'000);
  CHECK(lines.back().text == "lo último");
  CHECK(lines.front().text.starts_with("46x"));
}

TEST_CASE("a prompt is shortened until only the last line is left") {
  Prompt prompt{"", {}};
  for (int i = 0; i < 9; ++i) prompt.lines.push_back({i % 2 ? Speaker::kAgent : Speaker::kCustomer, std::to_string(i)});
  while (prompt.shorten()) CHECK(prompt.lines.front().speaker == Speaker::kCustomer);
  REQUIRE(prompt.lines.size() == 1);
  CHECK(prompt.lines[0].text == "8");
}

TEST_CASE("what came with a message, or instead of text, is put in words") {
  messaging::v1::Content content;
  content.add_attachments()->set_media_type("image/jpeg");
  CHECK(describe(content) == "[attachment: image/jpeg]");
  content.set_body("mira");
  CHECK(describe(content) == "mira\n[attachment: image/jpeg]");
  CHECK(describe({}) == "[a message without text]");
}
