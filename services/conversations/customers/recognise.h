#pragma once

#include <optional>
#include <span>
#include <string>

#include "libs/bus/tx.h"
#include "services/conversations/customers/identity.h"

namespace centralita::conversations {

/// What to do with somebody whom the tenant does not know.
enum class Stranger { kBecomesCustomer, kStaysUnknown };

/// The id of the customer who has one of the identities, the strongest one deciding; those that nobody has become
/// theirs, and the profile name fills an empty name. Whoever has none becomes a new LEAD, once, however many arrive at
/// this moment; or nothing is returned. Says CustomerCreated and CustomerUpdated.
std::optional<std::string> recognise(bus::Tx& tx, std::span<const Identity> identities, const std::string& profile_name,
                                     Stranger stranger);

/// Gives the customer those identities that nobody has, and the profile name where they have none; says
/// CustomerUpdated.
void learn(bus::Tx& tx, const std::string& customer_id, std::span<const Identity> identities,
           const std::string& profile_name);

}  // namespace centralita::conversations
