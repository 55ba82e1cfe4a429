#include "services/agent-orchestrator/turns/builtin.h"

#include <algorithm>

#include "libs/text/fold.h"

namespace centralita::agents {
namespace {

constexpr size_t kMostQuestions = 6;
constexpr size_t kMostEntries = 2;
/// A third of the question: one of three words in the title, or two of three in the answer.
constexpr double kLeastScore = 0.3;

}  // namespace

std::vector<std::string> split_questions(std::string_view burst) {
  std::vector<std::string> questions;
  while (!burst.empty() && questions.size() < kMostQuestions) {
    const auto end = burst.find_first_of("?\n");
    const auto question = burst.substr(0, end);
    burst.remove_prefix(end == std::string_view::npos ? burst.size() : end + 1);
    if (!text::fold(question).empty()) questions.emplace_back(question);
  }
  return questions;
}

BuiltInAnswer answer_from_knowledge(std::string_view burst,
                                    const std::function<std::vector<Found>(std::string_view question)>& search) {
  BuiltInAnswer answer;
  auto& ids = answer.knowledge_ids;
  for (const auto& question : split_questions(burst)) {
    const auto found = search(question);
    if (found.empty() || found.front().score < kLeastScore) continue;
    const auto& entry = found.front().entry;
    if (std::find(ids.begin(), ids.end(), entry.id()) != ids.end()) continue;
    answer.text += (ids.empty() ? "" : "\n\n") + entry.answer();
    ids.push_back(entry.id());
    if (ids.size() == kMostEntries) break;
  }
  return answer;
}

}  // namespace centralita::agents
