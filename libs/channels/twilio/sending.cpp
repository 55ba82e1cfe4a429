#include "libs/channels/twilio/sending.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/channels/answer.h"
#include "libs/channels/json.h"
#include "libs/channels/twilio/reasons.h"
#include "libs/channels/twilio/twilio.h"
#include "libs/channels/twilio/webhook.h"
#include "libs/channels/url.h"
#include "libs/text/phone.h"

namespace centralita::channels::twilio {
namespace {

constexpr auto kTwilio = "Twilio";
constexpr auto kApi = "https://api.twilio.com";
constexpr size_t kLongestBody = 1600;  // characters
constexpr int kMostMedia = 10;
constexpr int kMostPages = 10;
constexpr std::chrono::seconds kClockSkew{10};
// What Twilio puts before every text of an account that is on trial.
constexpr auto kTrialPrefix = "Sent from your Twilio trial account - ";

std::string api(const Channel& channel) {
  const auto& url = channel.setting("apiBaseUrl");
  return std::string(without_last_slash(url.empty() ? kApi : url));
}

std::string messages_path(const Channel& channel) {
  return "/2010-04-01/Accounts/" + channel.setting("accountSid") + "/Messages.json";
}

std::string authorization(const Channel& channel) {
  const auto& key = channel.credential("apiKeySid");
  const auto& secret = channel.credential("apiKeySecret");
  const bool use_key = !key.empty() && !secret.empty();
  return "Basic " + to_base64(use_key ? key + ':' + secret
                                      : channel.setting("accountSid") + ':' + channel.credential("authToken"));
}

std::string recipient(const Channel& channel, const Outgoing& message) {
  const bool bare = is_whatsapp(channel) && !message.recipient.starts_with("whatsapp:");
  return (bare ? "whatsapp:" : "") + message.recipient;
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string body_of(const Outgoing& message) {
  const auto& content = message.content;
  if (!content.body().empty() || !content.has_location()) return content.body();
  // WhatsApp shows a location under its text, and refuses one without.
  const auto& location = content.location();
  return !location.name().empty() ? location.name() : !location.address().empty() ? location.address() : "Ubicación";
}

std::string geo_action(const messaging::v1::Location& location) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "geo:%.6f,%.6f", location.latitude(), location.longitude());
  return location.name().empty() ? text.data() : std::string(text.data()) + '|' + location.name();
}

/// "" when Twilio could not call us: it accepts no host with an underscore.
std::string status_callback(const Channel& channel, const Outgoing& message) {
  const bool ours = !message.public_url.empty();
  auto url = parse_url(without_last_slash(ours ? message.public_url : channel.setting("publicUrl")));
  if (!url || url->host.find('_') != std::string::npos) return "";
  if (ours || url->path.empty()) url->path += channel.webhook_path;
  url->query += (url->query.empty() ? '?' : '&') + std::string(kMessageIdParameter) + '=' + message.message_id;
  return url->text();
}

Form request_form(const Channel& channel, const Outgoing& message) {
  Form form{{"To", recipient(channel, message)}};
  const auto& service = channel.setting("messagingServiceSid");
  form.emplace_back(service.empty() ? "From" : "MessagingServiceSid",
                    service.empty() ? channel.setting("address") : service);
  if (const auto body = body_of(message); !body.empty()) form.emplace_back("Body", body);
  for (const auto& attachment : message.content.attachments()) form.emplace_back("MediaUrl", attachment.url());
  if (message.content.has_location()) form.emplace_back("PersistentAction", geo_action(message.content.location()));
  if (const auto callback = status_callback(channel, message); !callback.empty())
    form.emplace_back("StatusCallback", callback);
  return form;
}

/// Why Twilio would refuse the message, seen without asking it.
std::optional<Rejected> unsendable(const Outgoing& message) {
  if (message.recipient.empty()) return Rejected{"21211", reason_of("21211")};
  if (characters(message.content.body()) > kLongestBody) return Rejected{"BODY_TOO_LONG", reason_of("21617")};
  if (message.content.attachments_size() > kMostMedia)
    return Rejected{"TOO_MANY_FILES", "El mensaje lleva más de 10 archivos."};
  if (body_of(message).empty() && message.content.attachments().empty())
    return Rejected{"EMPTY_MESSAGE", "El mensaje no tiene texto ni archivos."};
  return std::nullopt;
}

SendResult refusal(const http::ClientResponse& response, const nlohmann::json& answer) {
  auto code = text_at(answer, {"code"});
  if (code.empty()) code = response.status == 401 || response.status == 403 ? "20003" : "";
  if (is_temporary(code))
    return Postponed{reason_of(code), http::retry_after(response.headers, std::chrono::system_clock::now())};
  if (code.empty())
    return Rejected{"HTTP_" + std::to_string(response.status),
                    "Twilio rechazó el mensaje (HTTP " + std::to_string(response.status) + ")."};
  return Rejected{code, reason_of(code)};
}

/// RFC 2822, e.g. "Thu, 30 Jul 2026 20:12:31 +0000".
std::optional<Time> parse_date(const std::string& text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  int day = 0;
  int year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int offset = 0;
  std::array<char, 4> name{};
  if (std::sscanf(text.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d %5d", &day, name.data(), &year, &hour, &minute, &second,
                  &offset) != 7)
    return std::nullopt;
  const auto at = kMonths.find(std::string_view(name.data(), 3));
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(at / 3 + 1)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (at == std::string_view::npos || at % 3 != 0 || !date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour - offset / 100} +
         std::chrono::minutes{minute - offset % 100} + std::chrono::seconds{second};
}

/// Twilio may list a number in another of its spellings than we sent it in.
bool is_one_person(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto one = text::parse_phone(a);
  const auto other = text::parse_phone(b);
  return one && other && one->match == other->match;
}

bool is_ours(const nlohmann::json& entry, const Channel& channel, const Outgoing& message) {
  const auto& service = channel.setting("messagingServiceSid");
  const bool from_us = text_at(entry, {"from"}) == channel.setting("address") ||
                       (!service.empty() && text_at(entry, {"messaging_service_sid"}) == service);
  const auto body = body_of(message);
  const auto text = text_at(entry, {"body"});
  const auto files = text_at(entry, {"num_media"});
  return from_us && text_at(entry, {"direction"}) == "outbound-api" &&
         is_one_person(text_at(entry, {"to"}), recipient(channel, message)) &&
         (text == body || text == kTrialPrefix + body) &&
         (files.empty() || files == std::to_string(message.content.attachments_size()));
}

[[noreturn]] void cannot_say(const char* why) {
  throw Error(Code::kUnavailable, "PROVIDER_UNAVAILABLE", std::string("Twilio's list of messages ") + why);
}

nlohmann::json page(http::Client& client, const Channel& channel, const std::string& path) {
  http::ClientRequest request;
  request.url = api(channel) + path;
  request.headers["Authorization"] = authorization(channel);
  const auto response = client.send(std::move(request));
  require_answer(response, kTwilio);
  auto answer = read_json(response.body);
  if (!answer || !at(*answer, {"messages"}).is_array()) cannot_say("cannot be read");
  return std::move(*answer);
}

}  // namespace

SendResult send(http::Client& client, const Channel& channel, const Outgoing& message) {
  if (auto rejected = unsendable(message)) return *rejected;
  http::ClientRequest request;
  request.method = "POST";
  request.url = api(channel) + messages_path(channel);
  request.headers["Authorization"] = authorization(channel);
  request.headers["Content-Type"] = "application/x-www-form-urlencoded";
  request.headers["Accept"] = "application/json";
  request.body = format_form(request_form(channel, message));
  const auto response = client.send(std::move(request));
  if (auto result = undecided(response, kTwilio)) return *result;

  const auto answer = read_json(response.body).value_or(nullptr);
  if (!response.ok()) return refusal(response, answer);
  Sent sent{text_at(answer, {"sid"}), status_of(text_at(answer, {"status"}))};
  if (sent.provider_message_id.empty()) return Uncertain{"Twilio respondió algo que no se entiende."};
  if (sent.status == messaging::v1::DELIVERY_STATUS_UNSPECIFIED) sent.status = messaging::v1::SENT;
  return sent;
}

std::optional<Sent> find_sent(http::Client& client, const Channel& channel, const Outgoing& message, Time since,
                              const std::set<std::string>& known) {
  // Without Twilio's filter DateSent: it knows days only, and leaves out what is still in its queue. Newest come first.
  const auto earliest = since - kClockSkew;
  std::optional<Sent> oldest;
  auto path = messages_path(channel) + '?' + format_form({{"To", recipient(channel, message)}, {"PageSize", "100"}});
  for (int pages = 0; pages < kMostPages; ++pages) {
    const auto answer = page(client, channel, path);
    bool reached_the_past = false;
    for (const auto& entry : at(answer, {"messages"})) {
      const auto created = parse_date(text_at(entry, {"date_created"}));
      if (!created) continue;
      reached_the_past |= *created < earliest;
      if (*created < earliest) continue;
      const auto sid = text_at(entry, {"sid"});
      if (sid.empty() || known.contains(sid) || !is_ours(entry, channel, message)) continue;
      oldest = Sent{sid, status_of(text_at(entry, {"status"}))};
      if (oldest->status == messaging::v1::DELIVERY_STATUS_UNSPECIFIED) oldest->status = messaging::v1::SENT;
    }
    path = text_at(answer, {"next_page_uri"});
    if (path.empty() || reached_the_past) return oldest;
    if (path[0] != '/') cannot_say("names a next page elsewhere");
  }
  cannot_say("is too long");
}

}  // namespace centralita::channels::twilio
