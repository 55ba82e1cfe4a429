#pragma once

#include <optional>
#include <set>
#include <string>

#include "libs/channels/channel.h"

/// The other direction: messages of a conversation in Chatwoot's application API v1.
namespace centralita::channels::chatwoot {

/// See Adapter::send and Adapter::find_sent.
SendResult send(http::Client& client, const Channel& channel, const Outgoing& message);
std::optional<Sent> find_sent(http::Client& client, const Channel& channel, const Outgoing& message, Time since,
                              const std::set<std::string>& known);

}  // namespace centralita::channels::chatwoot
