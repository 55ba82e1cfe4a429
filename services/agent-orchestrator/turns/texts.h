#pragma once

#include <string>

#include "centralita/agents/v1/agents.pb.h"
#include "services/agent-orchestrator/words.h"

namespace centralita::agents {

/// What an agent says on these occasions: its own words, else ours in the customer's language.
std::string greeting_of(const v1::Agent& agent, Language language);
std::string fallback_of(const v1::Agent& agent, Language language);
std::string handover_of(const v1::Agent& agent, Language language);

}  // namespace centralita::agents
