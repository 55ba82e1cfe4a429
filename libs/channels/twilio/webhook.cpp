#include "libs/channels/twilio/webhook.h"

#include <charconv>
#include <cmath>
#include <unordered_map>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/channels/twilio/reasons.h"
#include "libs/text/phone.h"

namespace centralita::channels::twilio {
namespace {

using messaging::v1::Content;
using messaging::v1::DeliveryReported;
using messaging::v1::InboundReceived;

constexpr std::string_view kWhatsApp = "whatsapp:";
constexpr int kMostAttachments = 100;  // Twilio sends ten at most

/// The parameters of a webhook, the first of each name.
class Fields {
 public:
  explicit Fields(const http::Request& request)
      : form_(parse_form(request.method == "GET" ? request.query : request.body)) {
    for (const auto& [name, value] : form_) first_.emplace(name, value);
  }

  bool has(std::string_view name) const { return first_.contains(name); }
  /// "" when absent.
  std::string text(std::string_view name) const {
    const auto found = first_.find(name);
    return found == first_.end() ? "" : to_text(found->second);
  }
  bool is_true(std::string_view name) const { return text(name) == "true"; }

 private:
  Form form_;
  std::unordered_map<std::string_view, std::string_view> first_;
};

std::string either(const std::string& first, const std::string& second) { return first.empty() ? second : first; }

std::string status_word(const Fields& fields) { return either(fields.text("MessageStatus"), fields.text("SmsStatus")); }

/// Status callbacks never carry content; incoming messages say SmsStatus=received, and always have a body, be it empty.
bool is_status(const Fields& fields) {
  const bool content =
      fields.has("Body") || fields.has("NumMedia") || fields.has("Latitude") || fields.has("ButtonText");
  return !content && !status_word(fields).empty();
}

std::string_view without_prefix(std::string_view address) {
  if (address.starts_with(kWhatsApp)) address.remove_prefix(kWhatsApp.size());
  return address;
}

std::optional<double> degrees(const std::string& text, double limit) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(std::abs(value) <= limit)) return std::nullopt;
  return value;
}

void read_location(const Fields& fields, Content& content) {
  const auto latitude = degrees(fields.text("Latitude"), 90);
  const auto longitude = degrees(fields.text("Longitude"), 180);
  if (!latitude || !longitude) return;
  auto& location = *content.mutable_location();
  location.set_latitude(*latitude);
  location.set_longitude(*longitude);
  location.set_name(fields.text("Label"));
  location.set_address(fields.text("Address"));
}

void read_choice(const Fields& fields, Content& content) {
  const bool button = fields.has("ButtonText") || fields.has("ButtonPayload");
  if (!button && !fields.has("ListId")) return;
  auto& choice = *content.mutable_choice();
  choice.set_kind(button ? messaging::v1::Choice::BUTTON : messaging::v1::Choice::LIST);
  choice.set_payload(fields.text(button ? "ButtonPayload" : "ListId"));
  choice.set_title(fields.text(button ? "ButtonText" : "ListTitle"));
  if (content.body().empty()) content.set_body(choice.title());
}

void read_referral(const Fields& fields, Content& content) {
  if (!fields.has("ReferralSourceId") && !fields.has("ReferralSourceUrl") && !fields.has("ReferralCtwaClid")) return;
  auto& referral = *content.mutable_referral();
  referral.set_source_type(fields.text("ReferralSourceType"));
  referral.set_source_id(fields.text("ReferralSourceId"));
  referral.set_source_url(fields.text("ReferralSourceUrl"));
  referral.set_headline(fields.text("ReferralHeadline"));
  referral.set_body(fields.text("ReferralBody"));
  referral.set_click_id(fields.text("ReferralCtwaClid"));
  referral.set_media_url(fields.text("ReferralMediaUrl"));
}

Content read_content(const Fields& fields) {
  Content content;
  content.set_body(fields.text("Body"));
  for (int i = 0; i < kMostAttachments && fields.has("MediaUrl" + std::to_string(i)); ++i) {
    auto& attachment = *content.add_attachments();
    attachment.set_url(fields.text("MediaUrl" + std::to_string(i)));
    attachment.set_media_type(fields.text("MediaContentType" + std::to_string(i)));
  }
  read_location(fields, content);
  read_choice(fields, content);
  if (const auto quoted = fields.text("OriginalRepliedMessageSid"); !quoted.empty()) {
    content.mutable_quote()->set_provider_message_id(quoted);
    content.mutable_quote()->set_sender(fields.text("OriginalRepliedMessageSender"));
  }
  read_referral(fields, content);
  content.set_forwarded(fields.is_true("Forwarded") || fields.is_true("FrequentlyForwarded"));
  if (content.body().empty() && content.attachments().empty() && !content.has_location()) content.set_body(kNoContent);
  return content;
}

void add_identity(InboundReceived& message, const char* kind, std::string_view value) {
  if (value.empty()) return;
  auto& identity = *message.add_identities();
  identity.set_kind(kind);
  identity.set_value(std::string(value));
}

void read_identities(const Fields& fields, const Channel& channel, InboundReceived& message) {
  const auto from = without_prefix(message.sender());
  const auto wa_id = fields.text("WaId");
  auto phone = text::parse_phone(from, channel.region);
  const bool scoped = !phone && from.find('.') != std::string_view::npos;  // "CO.13491208655302741918"
  if (!phone && !wa_id.empty()) phone = text::parse_phone(std::string(kWhatsApp) + wa_id);
  if (phone) add_identity(message, "phone", phone->e164);
  add_identity(message, "whatsapp", wa_id);
  const auto user = fields.text("ExternalUserId");
  add_identity(message, "whatsapp_user", user.empty() && scoped ? from : without_prefix(user));
}

Inbound read_message(const Fields& fields, const Channel& channel) {
  InboundReceived message;
  message.set_provider_message_id(either(fields.text("MessageSid"), fields.text("SmsMessageSid")));
  message.set_sender(fields.text("From"));
  if (message.provider_message_id().empty() || message.sender().empty())
    throw Error(Code::kInvalidArgument, "UNREADABLE", "the webhook names no MessageSid or no From");
  message.set_profile_name(fields.text("ProfileName"));
  read_identities(fields, channel, message);
  *message.mutable_content() = read_content(fields);
  return message;
}

/// Our message id, which came to Twilio in the StatusCallback and is covered by the signature.
std::string own_message_id(const http::Request& request) {
  for (const auto& [name, value] : parse_form(request.query))
    if (name == kMessageIdParameter && is_id(value)) return value;
  return "";
}

Inbound read_status(const Fields& fields, const http::Request& request) {
  DeliveryReported report;
  report.set_provider_message_id(either(fields.text("MessageSid"), fields.text("SmsSid")));
  if (report.provider_message_id().empty())
    throw Error(Code::kInvalidArgument, "UNREADABLE", "the status callback names no MessageSid");
  report.set_status(status_of(status_word(fields)));
  if (report.status() == messaging::v1::DELIVERY_STATUS_UNSPECIFIED)
    return Ignored{"a status that says nothing of an outgoing message"};
  report.set_message_id(own_message_id(request));
  if (report.status() == messaging::v1::FAILED) {
    report.mutable_failure()->set_code(either(fields.text("ErrorCode"), status_word(fields)));
    report.mutable_failure()->set_reason(reason_of(fields.text("ErrorCode")));
  }
  return report;
}

}  // namespace

messaging::v1::DeliveryStatus status_of(std::string_view word) {
  static const std::unordered_map<std::string_view, messaging::v1::DeliveryStatus> kStatuses{
      {"accepted", messaging::v1::SENT},
      {"scheduled", messaging::v1::SENT},
      {"queued", messaging::v1::SENT},
      {"sending", messaging::v1::SENT},
      {"sent", messaging::v1::SENT},
      {"delivered", messaging::v1::DELIVERED},
      {"partially_delivered", messaging::v1::DELIVERED},
      {"read", messaging::v1::READ},
      {"undelivered", messaging::v1::FAILED},
      {"failed", messaging::v1::FAILED},
      {"canceled", messaging::v1::FAILED},
  };
  const auto found = kStatuses.find(word);
  return found == kStatuses.end() ? messaging::v1::DELIVERY_STATUS_UNSPECIFIED : found->second;
}

std::optional<std::string> address_of(const http::Request& request) {
  const Fields fields(request);
  auto address = fields.text(is_status(fields) ? "From" : "To");
  return address.empty() ? std::nullopt : std::optional(std::move(address));
}

std::vector<Inbound> parse(const http::Request& request, const Channel& channel) {
  const Fields fields(request);
  if (is_status(fields)) return {read_status(fields, request)};
  return {read_message(fields, channel)};
}

}  // namespace centralita::channels::twilio
