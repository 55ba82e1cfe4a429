#pragma once

#include <span>

#include "libs/runtime/module.h"

namespace centralita {

/// The map of the system: every module.
std::span<const runtime::Module> all_modules();

}  // namespace centralita
