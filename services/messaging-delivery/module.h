#pragma once

#include "libs/runtime/module.h"

namespace centralita::delivery {

/// Hands messages to their providers. Settings: `public_url`, `delivery.{concurrency,reconcile_after,abandoned_after,
/// give_up_after,unknown_report_after,allow_private_addresses}`.
runtime::Module messaging_delivery_module();

}  // namespace centralita::delivery
