#pragma once

#include "libs/runtime/module.h"

namespace centralita::ingest {

/// Takes providers' webhooks. Settings: `ingest.max_body` in bytes.
runtime::Module messaging_ingest_module();

}  // namespace centralita::ingest
