#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "libs/channels/channel.h"

/// What Chatwoot's webhooks say (app/listeners/webhook_listener.rb and app/presenters of its source).
namespace centralita::channels::chatwoot {

enum class MessageType { kIncoming, kOutgoing, kTemplate, kActivity, kUnknown };
/// Chatwoot says it as a word in some places and as a number in others.
MessageType message_type(const nlohmann::json& message);

/// One of Chatwoot's spellings of a moment: RFC 3339, "2026-03-03 13:05:57 UTC", seconds as a number.
std::optional<Time> read_time(const nlohmann::json& value);

/// See messaging::v1::DeliveryStatus; UNSPECIFIED for what Chatwoot does not say.
messaging::v1::DeliveryStatus status_of(const nlohmann::json& message);

/// Our message id that the message carries, "" when it is not ours.
std::string own_message_id(const nlohmann::json& message);

/// See Adapter::address_of, Adapter::authentic and Adapter::parse.
std::optional<std::string> address_of(const http::Request& request);
bool authentic(const http::Request& request, const Channel& channel, Time now);
std::vector<Inbound> parse(const http::Request& request, const Channel& channel);

}  // namespace centralita::channels::chatwoot
