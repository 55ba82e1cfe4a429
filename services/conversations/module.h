#pragma once

#include "libs/runtime/module.h"

namespace centralita::conversations {

/// Customers, their conversations, and every message in them.
runtime::Module conversations_module();

}  // namespace centralita::conversations
