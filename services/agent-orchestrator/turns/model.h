#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "centralita/agents/v1/agents.pb.h"
#include "libs/base/clock.h"
#include "libs/http/client.h"
#include "services/agent-orchestrator/turns/completion.h"
#include "services/agent-orchestrator/turns/prompt.h"

namespace centralita::agents {

/// Language models behind OpenAI-compatible endpoints. Thread-safe.
class ModelClient {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  ModelClient(http::Client& http, const Clock& clock);

  /// Asks once, and again at most twice where that can help: after a transient failure, with a shorter history, or
  /// without a parameter that this model refuses. `model` holds the key in clear. Returns before the deadline.
  ModelResult ask(const v1::Model& model, Prompt prompt, Deadline deadline);

 private:
  /// How a model wants to be asked, learnt from its refusals.
  struct Dialect {
    bool max_completion_tokens = false;
    bool temperature = true;

    /// False when there is nothing to change about the parameter.
    bool avoid(const std::string& parameter);
  };

  http::ClientRequest make_request(const v1::Model& model, const Prompt& prompt, const Dialect& dialect,
                                   Deadline deadline) const;
  Dialect dialect_of(const v1::Model& model);
  void remember(const v1::Model& model, Dialect dialect);

  http::Client& http_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Dialect> dialects_;
};

}  // namespace centralita::agents
