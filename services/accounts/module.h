#pragma once

#include "libs/runtime/module.h"

namespace centralita::accounts {

/// Tenants, their staff and API keys, and their channels.
runtime::Module accounts_module();

}  // namespace centralita::accounts
