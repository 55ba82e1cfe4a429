#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "services/agent-orchestrator/knowledge/store.h"

namespace centralita::agents {

/// What the built-in responder says. `text` is empty where nothing is known.
struct BuiltInAnswer {
  std::string text;
  std::vector<std::string> knowledge_ids;
};

/// The questions in a burst of messages, in order, at most six.
std::vector<std::string> split_questions(std::string_view burst);

/// The best entry for each question in the burst, two at most. `search` gives the entries for a question, best first.
BuiltInAnswer answer_from_knowledge(std::string_view burst,
                                    const std::function<std::vector<Found>(std::string_view question)>& search);

}  // namespace centralita::agents
