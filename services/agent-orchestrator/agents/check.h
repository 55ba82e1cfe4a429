#pragma once

#include "centralita/agents/v1/agents.pb.h"

namespace centralita::agents {

/// INVALID_ARGUMENT naming the field that an agent cannot have: too long, out of range, malformed, or missing where a
/// model is to answer.
void check(const v1::Agent& agent);

}  // namespace centralita::agents
