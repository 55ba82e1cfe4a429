#pragma once

#include <span>
#include <vector>

#include "libs/runtime/module.h"

namespace centralita::runtime {

/// What every program offers an operator: migrate up|down|status, dead-letters list|show|replay.
std::vector<Command> operator_commands(std::span<const Module> modules);

}  // namespace centralita::runtime
