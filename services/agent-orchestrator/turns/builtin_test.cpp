#include "services/agent-orchestrator/turns/builtin.h"

#include <catch2/catch.hpp>
#include <map>

using namespace centralita::agents;

namespace {

/// Knows an entry by each word that a question holds.
std::vector<Found> search(std::string_view question) {
  static const std::map<std::string, double> words = {
      {"hora", 0.8}, {"precio", 0.5}, {"domingo", 0.3}, {"quizas", 0.2}};
  for (const auto& [word, score] : words) {
    if (question.find(word) == std::string_view::npos) continue;
    Found found;
    found.entry.set_id(word);
    found.entry.set_answer("Sobre " + word + ".");
    found.score = score;
    return {found};
  }
  return {};
}

}  // namespace

TEST_CASE("a burst is split into its questions") {
  CHECK(split_questions("Hola\n¿a qué hora abren? ¿y los domingos?\n\n") ==
        std::vector<std::string>{"Hola", "¿a qué hora abren", " ¿y los domingos"});
  CHECK(split_questions("").empty());
  CHECK(split_questions("???\n!!").empty());
  CHECK(split_questions("a\nb\nc\nd\ne\nf\ng\nh").size() == 6);
}

TEST_CASE("each question has its answer, two at most, none twice") {
  CHECK(answer_from_knowledge("¿a qué hora?", search).text == "Sobre hora.");
  CHECK(answer_from_knowledge("hola\n¿qué precio?\n¿a qué hora? ¿el domingo?", search).text ==
        "Sobre precio.\n\nSobre hora.");
  const auto once = answer_from_knowledge("¿a qué hora? ¿a qué hora?", search);
  CHECK(once.text == "Sobre hora.");
  CHECK(once.knowledge_ids == std::vector<std::string>{"hora"});
}

TEST_CASE("an entry that hardly fits is no answer") {
  CHECK(answer_from_knowledge("quizas", search).text.empty());
  CHECK(answer_from_knowledge("nada", search).text.empty());
}
