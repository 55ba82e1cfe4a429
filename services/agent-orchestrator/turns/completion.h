#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "libs/base/clock.h"
#include "libs/http/client.h"
#include "services/agent-orchestrator/turns/reply.h"

namespace centralita::agents {

/// What a model said. Its reasoning is no part of it.
struct Completion {
  std::string text;
  Ending ending = Ending::kComplete;
  int prompt_tokens = 0;
  int completion_tokens = 0;
};

/// Why there is no completion.
struct ModelFailure {
  enum class Kind {
    kTransient,    ///< The same request may succeed later.
    kTooLong,      ///< A shorter one may.
    kUnsupported,  ///< One without, or with another spelling of, `parameter` may.
    kPermanent,
  };
  Kind kind = Kind::kPermanent;
  std::string reason;  ///< A sentence for the staff; nothing of what the server or the customer wrote.
  std::string parameter;
  std::optional<std::chrono::milliseconds> retry_after;
};

using ModelResult = std::variant<Completion, ModelFailure>;

/// Reads the answer to a chat completion request as OpenAI, Azure, Ollama, llama.cpp and vLLM give it: JSON, or a
/// stream of chunks although none was asked for. Never throws.
ModelResult read_completion(const http::ClientResponse& response, Time now);

}  // namespace centralita::agents
