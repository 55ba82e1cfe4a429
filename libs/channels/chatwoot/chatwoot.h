#pragma once

#include "libs/channels/channel.h"

/// Chatwoot: an inbox of one account, by its webhooks and its application API v1.
namespace centralita::channels::chatwoot {

const Adapter& adapter();

/// The content attribute in which a message carries our id through Chatwoot; older versions drop it.
inline constexpr auto kMessageIdAttribute = "centralita_message_id";

}  // namespace centralita::channels::chatwoot
