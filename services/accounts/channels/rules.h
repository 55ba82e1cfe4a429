#pragma once

#include <string>
#include <string_view>

#include "libs/channels/channel.h"
#include "services/accounts/channels/store.h"

/// What makes a channel a good one. Pure, but for a look at the system's time zones.
namespace centralita::accounts {

/// INVALID_ARGUMENT naming channel.kind when no adapter has this kind.
const channels::Adapter& adapter_of(const std::string& kind);

/// Checks everything that a tenant says about a channel and fills in what follows from it: medium, address and webhook
/// path. The id is set already. INVALID_ARGUMENT naming the field.
void complete(StoredChannel& stored, const std::string& tenant_id, const std::string& region);

}  // namespace centralita::accounts
