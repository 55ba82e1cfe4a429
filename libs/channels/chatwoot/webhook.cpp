#include "libs/channels/chatwoot/webhook.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/channels/chatwoot/chatwoot.h"
#include "libs/channels/chatwoot/content.h"
#include "libs/channels/json.h"
#include "libs/security/security.h"
#include "libs/text/phone.h"

namespace centralita::channels::chatwoot {
namespace {

using messaging::v1::DeliveryReported;
using messaging::v1::InboundReceived;
using nlohmann::json;

// The window that Chatwoot's documentation of its signatures suggests.
constexpr std::chrono::seconds kOldest{300};
constexpr std::chrono::seconds kFuture{30};
constexpr size_t kLongestReason = 500;

std::string either(const std::string& first, const std::string& second) { return first.empty() ? second : first; }

[[noreturn]] void unreadable(const char* why) { throw Error(Code::kInvalidArgument, "UNREADABLE", why); }

/// The parts of a message event that name the account and the inbox, wherever its version of Chatwoot puts them.
std::string account_id(const json& event) {
  const auto& first = at(event, {"messages"});
  const auto& nested = at(event, {"conversation", "messages"});
  auto id = either(text_at(event, {"account", "id"}), text_at(event, {"account_id"}));
  if (id.empty() && first.is_array() && !first.empty()) id = text_at(first[0], {"account_id"});
  if (id.empty() && nested.is_array() && !nested.empty()) id = text_at(nested[0], {"account_id"});
  return either(id, text_at(event, {"contact", "account", "id"}));
}

std::string inbox_id(const json& event) {
  return either(either(text_at(event, {"inbox", "id"}), text_at(event, {"inbox_id"})),
                text_at(event, {"conversation", "inbox_id"}));
}

/// The person whom the conversation is with, whoever wrote the message.
std::string contact_id(const json& event) {
  return either(text_at(event, {"conversation", "meta", "sender", "id"}),
                text_at(event, {"conversation", "contact_inbox", "contact_id"}));
}

void add_identity(InboundReceived& message, const char* kind, const std::string& value) {
  if (value.empty()) return;
  auto& identity = *message.add_identities();
  identity.set_kind(kind);
  identity.set_value(value);
}

/// `contact` is the person, `source` Chatwoot's name of them on the inbox's own channel.
void read_identities(const json& event, const json& contact, const Channel& channel, InboundReceived& message) {
  const auto identifier = text_at(contact, {"identifier"});
  const bool on_whatsapp = text_at(event, {"conversation", "channel"}) == "Channel::Whatsapp";
  const auto source = on_whatsapp ? text_at(event, {"conversation", "contact_inbox", "source_id"}) : "";
  auto phone = text::parse_phone(text_at(contact, {"phone_number"}), channel.region);
  if (!phone && identifier.ends_with("@s.whatsapp.net")) phone = text::parse_phone(identifier);
  if (!phone && !source.empty()) phone = text::parse_phone("whatsapp:" + source);
  if (phone) add_identity(message, "phone", phone->e164);
  if (source.find_first_not_of("0123456789") == std::string::npos) add_identity(message, "whatsapp", source);
  add_identity(message, "email", text_at(contact, {"email"}));
  add_identity(message, "chatwoot", channel.setting("accountId") + '/' + message.sender());
}

void set_time(google::protobuf::Timestamp& stamp, Time time) {
  const auto micros = time.time_since_epoch().count();
  stamp.set_seconds(micros / 1'000'000);
  stamp.set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1'000));
}

InboundReceived read_message(const json& event, const json& contact, const std::string& contact_id,
                             const Channel& channel) {
  InboundReceived message;
  message.set_provider_message_id(text_at(event, {"id"}));
  message.set_sender(contact_id);
  message.set_provider_conversation_id(text_at(event, {"conversation", "id"}));
  if (message.provider_message_id().empty()) unreadable("the message has no id");
  if (message.sender().empty()) unreadable("the message names no contact");
  if (message.provider_conversation_id().empty()) unreadable("the message names no conversation");
  message.set_profile_name(text_at(contact, {"name"}));
  read_identities(event, contact, channel, message);
  *message.mutable_content() = read_content(event);
  if (const auto time = read_time(at(event, {"created_at"}))) set_time(*message.mutable_sent_at(), *time);
  return message;
}

Inbound read_incoming(const json& event, const Channel& channel) {
  const bool named = !text_at(event, {"sender", "id"}).empty();
  const auto& contact = named ? at(event, {"sender"}) : at(event, {"conversation", "meta", "sender"});
  return read_message(event, contact, named ? text_of(contact["id"]) : contact_id(event), channel);
}

Inbound read_outgoing(const json& event, const Channel& channel) {
  const auto own = own_message_id(event);
  if (own.empty() && text_at(event, {"sender", "type"}) != "user") return Ignored{"a message written by a bot"};
  auto message = read_message(event, at(event, {"conversation", "meta", "sender"}), contact_id(event), channel);
  message.set_echo(true);
  message.set_message_id(own);
  return message;
}

Inbound read_created(const json& event, const Channel& channel) {
  switch (message_type(event)) {
    case MessageType::kIncoming:
      return read_incoming(event, channel);
    case MessageType::kOutgoing:
      return read_outgoing(event, channel);
    case MessageType::kTemplate:
      return Ignored{"an automatic message of Chatwoot"};
    case MessageType::kActivity:
      return Ignored{"a note of what happened in Chatwoot"};
    case MessageType::kUnknown:
      break;
  }
  unreadable("the message is of no type that is known");
}

Inbound read_updated(const json& event) {
  if (message_type(event) != MessageType::kOutgoing) return Ignored{"a change of a message that is not outgoing"};
  DeliveryReported report;
  report.set_status(status_of(event));
  if (report.status() < messaging::v1::DELIVERED) return Ignored{"a change that is no news of the delivery"};
  report.set_provider_message_id(text_at(event, {"id"}));
  if (report.provider_message_id().empty()) unreadable("the message has no id");
  report.set_message_id(own_message_id(event));
  if (report.status() == messaging::v1::FAILED) {
    const auto error = text_at(event, {"content_attributes", "external_error"});
    report.mutable_failure()->set_code("CHATWOOT_FAILED");
    report.mutable_failure()->set_reason(error.empty() ? "Chatwoot no pudo entregar el mensaje y no dijo por qué."
                                                       : "Chatwoot no pudo entregar el mensaje: " +
                                                             std::string(utf8_prefix(error, kLongestReason)));
  }
  return report;
}

std::optional<Time> from_seconds(double seconds) {
  if (!(seconds > 0 && seconds < 1e11)) return std::nullopt;  // until the year 5138
  return Time(std::chrono::microseconds(static_cast<int64_t>(std::llround(seconds * 1e6))));
}

bool is_fresh(std::string_view timestamp, Time now) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
  if (error != std::errc() || end != timestamp.data() + timestamp.size()) return false;
  const auto latest = std::chrono::duration_cast<std::chrono::seconds>((now + kFuture).time_since_epoch()).count();
  const auto earliest = std::chrono::duration_cast<std::chrono::seconds>((now - kOldest).time_since_epoch()).count();
  return seconds >= earliest && seconds <= latest;
}

}  // namespace

MessageType message_type(const json& message) {
  const auto type = text_at(message, {"message_type"});
  if (type == "incoming" || type == "0") return MessageType::kIncoming;
  if (type == "outgoing" || type == "1") return MessageType::kOutgoing;
  if (type == "activity" || type == "2") return MessageType::kActivity;
  if (type == "template" || type == "3") return MessageType::kTemplate;
  return MessageType::kUnknown;
}

std::optional<Time> read_time(const json& value) {
  if (value.is_number()) return from_seconds(value.get<double>());
  auto text = text_of(value);
  if (text.ends_with(" UTC")) text.replace(text.size() - 4, 4, "Z");
  return parse_time(text);
}

messaging::v1::DeliveryStatus status_of(const json& message) {
  const auto status = text_at(message, {"status"});
  if (status == "sent" || status == "0") return messaging::v1::SENT;
  if (status == "delivered" || status == "1") return messaging::v1::DELIVERED;
  if (status == "read" || status == "2") return messaging::v1::READ;
  if (status == "failed" || status == "3") return messaging::v1::FAILED;
  return messaging::v1::DELIVERY_STATUS_UNSPECIFIED;
}

std::string own_message_id(const json& message) {
  auto id = text_at(message, {"content_attributes", kMessageIdAttribute});
  return is_id(id) ? id : "";
}

std::optional<std::string> address_of(const http::Request& request) {
  const auto event = read_json(request.body);
  if (!event) return std::nullopt;
  const auto account = account_id(*event);
  const auto inbox = inbox_id(*event);
  if (account.empty() || inbox.empty()) return std::nullopt;
  return account + '/' + inbox;
}

bool authentic(const http::Request& request, const Channel& channel, Time now) {
  const auto& secret = channel.credential("webhookSecret");
  // Older versions of Chatwoot sign nothing: then the path with the channel's id is what only it knows.
  if (secret.empty()) return security::equal(request.path, "/webhooks/chatwoot/" + channel.id);
  const auto timestamp = request.header("X-Chatwoot-Timestamp");
  const auto expected = "sha256=" + to_hex(security::hmac_sha256(secret, std::string(timestamp) + '.' + request.body));
  return security::equal(expected, request.header("X-Chatwoot-Signature")) && is_fresh(timestamp, now);
}

std::vector<Inbound> parse(const http::Request& request, const Channel& channel) {
  const auto event = read_json(request.body);
  if (!event || !event->is_object()) unreadable("the body is no JSON object");
  const auto name = text_at(*event, {"event"});
  if (name.empty()) unreadable("the webhook names no event");
  if (name != "message_created" && name != "message_updated") return {Ignored{"an event of another kind"}};
  const auto account = account_id(*event);
  const auto inbox = inbox_id(*event);
  if ((!account.empty() && account != channel.setting("accountId")) ||
      (!inbox.empty() && inbox != channel.setting("inboxId")))
    return {Ignored{"a message of another inbox"}};
  if (at(*event, {"private"}) == true) return {Ignored{"a private note"}};
  return {name == "message_created" ? read_created(*event, channel) : read_updated(*event)};
}

}  // namespace centralita::channels::chatwoot
