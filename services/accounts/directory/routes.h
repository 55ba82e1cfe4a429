#pragma once

#include <string>
#include <string_view>

#include "libs/pg/pg.h"

/// The directory: what leads from a key, an e-mail or a channel to its tenant.
namespace centralita::accounts {

inline constexpr std::string_view kKeyRoute = "key";          ///< token_hash of an API key → the key.
inline constexpr std::string_view kEmailRoute = "email";      ///< Lower-case e-mail → the user.
inline constexpr std::string_view kChannelRoute = "channel";  ///< A channel's id → the channel.
/// The address of a channel of this kind → the channel.
std::string address_route(std::string_view channel_kind);

/// Adds a route for the transaction's tenant; false when somebody, of any tenant, has it already.
bool add_route(pg::Tx& tx, std::string_view kind, std::string_view value, std::string_view target_id);

}  // namespace centralita::accounts
