#include "services/agent-orchestrator/knowledge/terms.h"

#include <catch2/catch.hpp>

using namespace centralita::agents;

namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const auto& term : terms_of(text)) words.push_back(term.word);
  return words;
}

}  // namespace

TEST_CASE("a question is searched by the words that say something, each once") {
  CHECK(words_of("Hola, ¿tienen llantas para bicicleta? Busco llantas") ==
        std::vector<std::string>{"llantas", "bicicleta", "busco"});
  CHECK(words_of("Do you have a table for the children?") == std::vector<std::string>{"table", "children"});
  CHECK(words_of("¿Y eso?").empty());
  CHECK(words_of("!!! ???").empty());
}

TEST_CASE("words about a business's everyday matters bring their relatives along") {
  const auto terms = terms_of("¿Dónde queda?");
  REQUIRE(terms.size() == 2);
  CHECK(terms[0].related.find("direccion:*") != std::string::npos);
  CHECK(terms_of("llantas")[0].related.empty());
}

TEST_CASE("an endless question is searched by its first words") {
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "palabra" + std::to_string(i) + " ";
  CHECK(terms_of(text).size() == 24);
}
