#pragma once

#include "libs/runtime/module.h"

namespace centralita::gateway {

runtime::Module gateway_module();

}  // namespace centralita::gateway
