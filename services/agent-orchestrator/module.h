#pragma once

#include "libs/runtime/module.h"

namespace centralita::agents {

/// The AI personas of the tenants, what they know, and the turns that they take.
runtime::Module agent_orchestrator_module();

}  // namespace centralita::agents
