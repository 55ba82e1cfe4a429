#include "services/agent-orchestrator/turns/reply.h"

#include <catch2/catch.hpp>

using namespace centralita::agents;

namespace {

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("an answer is sent as it is, trimmed") {
  CHECK(to_reply("  Abrimos a las 9:00.\n") == "Abrimos a las 9:00.");
  CHECK(to_reply("Sí") == "Sí");
  CHECK(to_reply("Línea uno.\r\nLínea dos.") == "Línea uno.\nLínea dos.");
  CHECK(to_reply("Sí, sí, sí, ¡claro que sí!") == "Sí, sí, sí, ¡claro que sí!");
  CHECK(to_reply("私たちは九時に開きます。") == "私たちは九時に開きます。");
}

TEST_CASE("a model's reasoning is never sent") {
  CHECK(to_reply("<think>El cliente pregunta…</think>\n\nAbrimos a las 9.") == "Abrimos a las 9.");
  CHECK(to_reply("El cliente pregunta…</think>Abrimos a las 9.") == "Abrimos a las 9.");
  CHECK(to_reply("Hola. <thinking>uno</thinking> <think>dos</think>Adiós.") == "Hola.  Adiós.");
  CHECK(to_reply("<think>Todavía pienso") == std::nullopt);
  CHECK(to_reply("<think>uno</think>") == std::nullopt);
}

TEST_CASE("nonsense is not sent") {
  const auto text = GENERATE(std::string(), std::string(" \n\t"), std::string("..."), std::string("¿?¡!"),
                             std::string("👍"), std::string("\xC3\x28"), std::string("a\0b", 3),
                             std::string("<!DOCTYPE html><html><body>502</body></html>"), std::string("<html>"),
                             std::string("Hola<|im_end|>\n<|im_start|>user"), std::string("[INST] hola [/INST]"),
                             std::string("Abrimos.\nUser: ¿y mañana?\nAssistant: También."),
                             std::string("assistant: hola"), repeat("hola ", 30), repeat("a", 500),
                             repeat("Claro, con gusto le ayudo. ", 10), repeat("Gracias por escribir.\n", 5));
  INFO(text.substr(0, 40));
  CHECK(to_reply(text) == std::nullopt);
}

TEST_CASE("an answer that is too long ends with a sentence") {
  std::string text;
  for (int i = 0; text.size() < 4'000; ++i) text += "Ésta es la oración número " + std::to_string(i) + ". ";
  const auto reply = to_reply(text);
  REQUIRE(reply);
  CHECK(reply->ends_with("."));
  CHECK(reply->size() > 1'400);
  CHECK(text.starts_with(*reply));
}

TEST_CASE("an answer without sentences ends with a word and an ellipsis, within the limit") {
  std::string text;
  for (int i = 0; text.size() < 4'000; ++i) text += "ñandú" + std::to_string(i) + " ";
  const auto reply = to_reply(text);
  REQUIRE(reply);
  CHECK(reply->ends_with("…"));
  size_t characters = 0;
  for (const char c : *reply) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  CHECK(characters <= kLongestReply);
}

TEST_CASE("an answer that the model could not finish ends with its last whole sentence") {
  CHECK(to_reply("Abrimos a las 9:00. Cerramos a las", Ending::kCutShort) == "Abrimos a las 9:00.");
  CHECK(to_reply("Abrimos de lunes a vier", Ending::kCutShort) == "Abrimos de lunes a…");
  CHECK(to_reply("Abrimos a las 9:00.", Ending::kCutShort) == "Abrimos a las 9:00.");
}
