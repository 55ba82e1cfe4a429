#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/channels/channel.h"

/// What Twilio's webhooks say: incoming messages and status callbacks, both forms ("Twilio's request to your incoming
/// message webhook URL" of its documentation).
namespace centralita::channels::twilio {

/// The name of the query parameter by which a status callback carries our message id back.
inline constexpr auto kMessageIdParameter = "messageId";

/// See Adapter::address_of and Adapter::parse.
std::optional<std::string> address_of(const http::Request& request);
std::vector<Inbound> parse(const http::Request& request, const Channel& channel);

/// How far Twilio's word says a message has come: UNSPECIFIED for a word that says nothing of an outgoing message.
messaging::v1::DeliveryStatus status_of(std::string_view word);

}  // namespace centralita::channels::twilio
