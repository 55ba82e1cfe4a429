#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "libs/base/caller.h"
#include "libs/security/security.h"
#include "libs/text/zone.h"
#include "services/agent-orchestrator/agents/store.h"
#include "services/agent-orchestrator/turns/model.h"

namespace centralita::agents {

/// What an agent answers to.
struct Question {
  std::string burst;                                     ///< What the customer wrote since the last answer.
  std::span<const conversations::v1::Message> messages;  ///< The conversation up to the burst's end, oldest first.
  text::LocalTime now;
};

/// What it answers, and what that took.
struct Answer {
  std::string text;  ///< Fit to be sent; never empty.
  bool fell_back = false;
  std::string error;  ///< Why it fell back; a sentence for the staff.
  std::vector<std::string> knowledge_ids;
  int prompt_tokens = 0;
  int completion_tokens = 0;
};

/// Finds an agent's words: from the knowledge entries or from a language model, else its fallback. Thread-safe.
class Responder {
 public:
  /// `budget` is how long a model may take in all, with every repetition.
  Responder(pg::Pool& pool, const security::Vault& vault, ModelClient& models, std::chrono::milliseconds budget)
      : pool_(pool), vault_(vault), models_(models), budget_(budget) {}

  Answer answer(const Caller& caller, const StoredAgent& agent, const Question& question);

 private:
  Answer answer_built_in(const Caller& caller, const v1::Agent& agent, const Question& question);
  Answer answer_with_model(const Caller& caller, const StoredAgent& stored, const Question& question);

  pg::Pool& pool_;
  const security::Vault& vault_;
  ModelClient& models_;
  const std::chrono::milliseconds budget_;
};

}  // namespace centralita::agents
