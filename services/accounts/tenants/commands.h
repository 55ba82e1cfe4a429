#pragma once

#include <vector>

#include "libs/runtime/module.h"

namespace centralita::accounts {

/// What an operator does from the command line: `tenant create`, `user create`, `api-key create`. Secrets are printed
/// once, here, and kept hashed.
std::vector<runtime::Command> commands();

}  // namespace centralita::accounts
