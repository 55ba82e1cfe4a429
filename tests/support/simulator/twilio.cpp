#include "tests/support/simulator/twilio.h"

#include <algorithm>
#include <ctime>
#include <optional>

#include "libs/security/security.h"

namespace centralita::simulator {
namespace {

using nlohmann::json;

constexpr auto kVersion = "2010-04-01";
constexpr auto kMessages = "Messages.json";
constexpr std::chrono::milliseconds kSentAfter{50};
constexpr std::chrono::milliseconds kDeliveredAfter{100};
constexpr size_t kLongestBody = 1'600;  // characters
constexpr int kMostMedia = 10;
constexpr int64_t kMostPerPage = 1'000;

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// RFC 2822, e.g. "Thu, 30 Jul 2015 20:12:31 +0000".
std::string date(Time time) {
  const auto seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return text;
}

std::string status_of(const Twilio::Message& message, Time now) {
  const auto age = now - message.created;
  if (age >= kDeliveredAfter) return "delivered";
  if (age >= kSentAfter) return "sent";
  return message.service.empty() ? "queued" : "accepted";
}

/// 160 GSM characters in one SMS and 153 in each part of a longer one; 70 and 67 when there are others.
std::string segments_of(const Twilio::Message& message) {
  const auto length = characters(message.body);
  if (message.to.starts_with("whatsapp:")) return "1";
  const bool wide = length != message.body.size();
  const size_t whole = wide ? 70 : 160;
  const size_t part = wide ? 67 : 153;
  return std::to_string(length <= whole ? 1 : (length + part - 1) / part);
}

json resource(const std::string& account, const Twilio::Message& message) {
  const auto now = SystemClock().now();
  const auto uri = std::string("/") + kVersion + "/Accounts/" + account + "/Messages/" + message.sid;
  const auto status = status_of(message, now);
  const bool sent = status == "sent" || status == "delivered";
  const auto text_or_null = [](const std::string& text) { return text.empty() ? json() : json(text); };
  return {{"account_sid", account},
          {"api_version", kVersion},
          {"body", message.body},
          {"date_created", date(message.created)},
          {"date_sent", sent ? json(date(message.created + kSentAfter)) : json()},
          {"date_updated", date(std::min(now, message.created + kDeliveredAfter))},
          {"direction", "outbound-api"},
          {"error_code", nullptr},
          {"error_message", nullptr},
          {"from", text_or_null(message.from)},
          {"messaging_service_sid", text_or_null(message.service)},
          {"num_media", std::to_string(message.media)},
          {"num_segments", segments_of(message)},
          {"price", nullptr},
          {"price_unit", nullptr},
          {"sid", message.sid},
          {"status", status},
          {"subresource_uris", {{"media", uri + "/Media.json"}}},
          {"to", message.to},
          {"uri", uri + ".json"}};
}

/// The user and password of HTTP Basic; nothing when either is missing.
std::optional<std::pair<std::string, std::string>> credentials(const http::Request& request) {
  const auto header = request.header("Authorization");
  if (!header.starts_with("Basic ")) return std::nullopt;
  const auto text = from_base64(header.substr(6)).value_or("");
  const auto colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) return std::nullopt;
  return std::pair(text.substr(0, colon), text.substr(colon + 1));
}

http::Response refusal(int status, int code, const std::string& message) {
  return json_response(status, {{"code", code},
                                {"message", message},
                                {"more_info", "https://www.twilio.com/docs/errors/" + std::to_string(code)},
                                {"status", status}});
}

/// "+573001234567", "whatsapp:+573001234567" or, for a business-scoped user, "whatsapp:CO.1234".
bool is_recipient(std::string_view to) {
  constexpr std::string_view kWhatsapp = "whatsapp:";
  const bool whatsapp = to.starts_with(kWhatsapp);
  if (whatsapp) to.remove_prefix(kWhatsapp.size());
  if (whatsapp && to.find('.') != std::string_view::npos) return !to.starts_with('+');
  return to.size() >= 8 && to.size() <= 16 && to[0] == '+' &&
         to.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

std::optional<http::Response> invalid(const Form& form, int media) {
  const auto to = field(form, "To");
  const auto callback = field(form, "StatusCallback");
  if (to.empty()) return refusal(400, 21604, "A 'To' phone number is required.");
  if (!is_recipient(to)) return refusal(400, 21211, "Invalid 'To' Phone Number: " + to);
  if (field(form, "From").empty() && field(form, "MessagingServiceSid").empty())
    return refusal(400, 21603, "A 'From' phone number is required.");
  if (field(form, "Body").empty() && field(form, "ContentSid").empty() && media == 0)
    return refusal(400, 21602, "Message body is required.");
  if (characters(field(form, "Body")) > kLongestBody)
    return refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit");
  if (media > kMostMedia) return refusal(400, 21623, "Number of media files exceeds allowed limit");
  if (!callback.empty() && !callback.starts_with("http://") && !callback.starts_with("https://"))
    return refusal(400, 21609, "The StatusCallback URL " + callback + " is not a valid URL.");
  return std::nullopt;
}

Form callback(const std::string& account, const Twilio::Message& message, const std::string& status) {
  Form form{{"AccountSid", account},   {"ApiVersion", kVersion}, {"From", message.from}, {"MessageSid", message.sid},
            {"MessageStatus", status}, {"SmsSid", message.sid},  {"SmsStatus", status},  {"To", message.to}};
  if (!message.service.empty()) form.emplace_back("MessagingServiceSid", message.service);
  if (!message.to.starts_with("whatsapp:")) return form;
  form.emplace_back("ChannelPrefix", "whatsapp");
  form.emplace_back("ChannelToAddress", message.to.substr(message.to.find(':') + 1));
  if (status == "delivered") form.emplace_back("EventType", "DELIVERED");
  return form;
}

/// The filters of a list; dates are days, or moments, of when a message was sent.
bool matches(const Form& filters, const Twilio::Message& message, Time now) {
  const auto sent = now - message.created < kSentAfter ? "" : format_time(message.created + kSentAfter);
  return std::all_of(filters.begin(), filters.end(), [&](const auto& filter) {
    const auto& [name, value] = filter;
    if (name == "To") return message.to == value;
    if (name == "From") return message.from == value;
    if (!name.starts_with("DateSent")) return true;
    const auto text = std::string_view(value).substr(0, value.find('Z'));
    const auto comparable = std::string_view(sent).substr(0, text.size());
    if (sent.empty()) return false;
    if (name == "DateSent>") return comparable >= text;
    if (name == "DateSent<") return comparable <= text;
    return comparable == text;
  });
}

/// The same list from elsewhere.
std::string list_uri(const std::string& path, Form filters, int64_t size, int64_t page, const std::string& token) {
  std::erase_if(filters, [](const auto& one) {
    return one.first == "PageSize" || one.first == "Page" || one.first == "PageToken";
  });
  filters.emplace_back("PageSize", std::to_string(size));
  filters.emplace_back("Page", std::to_string(page));
  if (!token.empty()) filters.emplace_back("PageToken", token);
  return path + '?' + format_form(filters);
}

}  // namespace

bool Twilio::owns(std::string_view path) const { return path.starts_with("/2010-04-01/"); }

bool Twilio::creates(const http::Request& request) const {
  return request.method == "POST" && request.path.ends_with(std::string("/") + kMessages);
}

http::Response Twilio::error(int status, const json& code) const {
  static const std::map<int, std::pair<int, const char*>> kUsual{
      {400, {21211, "The 'To' number is not a valid phone number."}},
      {401, {20003, "Authenticate"}},
      {403, {20003, "Permission Denied"}},
      {404, {20404, "The requested resource was not found"}},
      {429, {20429, "Too Many Requests"}},
      {503, {20503, "Service Unavailable"}}};
  const auto usual = kUsual.find(status);
  const auto [number, message] =
      usual == kUsual.end() ? std::pair(20500, "An internal server error has occurred") : usual->second;
  return refusal(status, code.is_number_integer() ? code.get<int>() : number, message);
}

Reply Twilio::answer(const http::Request& request, const Behaviour& behaviour) {
  const auto parts = segments(request.path);  // 2010-04-01 / Accounts / {sid} / Messages.json or Messages / {sid}.json
  if (parts.size() < 4 || parts[1] != "Accounts") return {error(404, {})};
  const auto who = credentials(request);
  if (!who) return {error(401, {})};
  if (parts.size() == 4 && parts[3] == kMessages && request.method == "POST")
    return create(parts[2], who->second, request, behaviour);
  if (parts.size() == 4 && parts[3] == kMessages && request.method == "GET") return {list(parts[2], request)};
  if (parts.size() == 5 && parts[3] == "Messages" && parts[4].ends_with(".json") && request.method == "GET")
    return {one(parts[2], parts[4].substr(0, parts[4].size() - 5))};
  return {error(404, {})};
}

Reply Twilio::create(const std::string& account, const std::string& auth_token, const http::Request& request,
                     const Behaviour& behaviour) {
  const auto form = parse_form(request.body);
  Message message{"",
                  field(form, "To"),
                  field(form, "From"),
                  field(form, "MessagingServiceSid"),
                  field(form, "Body"),
                  static_cast<int>(
                      std::count_if(form.begin(), form.end(), [](const auto& one) { return one.first == "MediaUrl"; })),
                  {}};
  if (auto refused = invalid(form, message.media)) return {std::move(*refused)};
  message.sid = (message.media > 0 ? "MM" : "SM") + to_hex(security::random_bytes(16));
  {
    const std::lock_guard lock(mutex_);
    auto& known = accounts_[account];
    message.created = SystemClock().now();
    known.by_sid.emplace(message.sid, known.messages.size());
    known.messages.push_back(message);
  }
  if (const auto url = field(form, "StatusCallback"); !url.empty() && behaviour.mode != Mode::kNoCallbacks)
    callbacks_.post(url, auth_token, {callback(account, message, "sent"), callback(account, message, "delivered")});
  return {json_response(201, resource(account, message)), {}, true};
}

http::Response Twilio::one(const std::string& account, const std::string& sid) const {
  const std::lock_guard lock(mutex_);
  const auto known = accounts_.find(account);
  if (known == accounts_.end()) return error(404, {});
  const auto found = known->second.by_sid.find(sid);
  if (found == known->second.by_sid.end()) return error(404, {});
  return json_response(200, resource(account, known->second.messages[found->second]));
}

http::Response Twilio::list(const std::string& account, const http::Request& request) const {
  const auto filters = parse_form(request.query);
  const auto size = std::min(number_or(field(filters, "PageSize"), 1, 50), kMostPerPage);
  const auto page = number_or(field(filters, "Page"), 0, 0);
  const auto token = field(filters, "PageToken");  // "PA" and the last message of the page before

  auto found = json::array();
  std::string last;
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    const auto known = accounts_.find(account);
    static const Account kNone;
    const auto& [messages, by_sid] = known == accounts_.end() ? kNone : known->second;
    auto next = messages.size();
    auto skip = token.empty() ? page * size : 0;
    if (!token.empty()) {
      const auto before = by_sid.find(token.substr(std::min<size_t>(2, token.size())));
      if (before == by_sid.end()) return refusal(400, 20001, "Invalid PageToken");
      next = before->second;
    }
    const auto now = SystemClock().now();
    while (next-- > 0 && !more) {
      const auto& message = messages[next];
      if (!matches(filters, message, now) || skip-- > 0) continue;
      more = static_cast<int64_t>(found.size()) == size;
      if (more) break;
      found.push_back(resource(account, message));
      last = message.sid;
    }
  }
  const auto count = static_cast<int64_t>(found.size());
  return json_response(
      200, {{"first_page_uri", list_uri(request.path, filters, size, 0, "")},
            {"next_page_uri", more ? json(list_uri(request.path, filters, size, page + 1, "PA" + last)) : json()},
            {"previous_page_uri", page == 0 ? json() : json(list_uri(request.path, filters, size, page - 1, ""))},
            {"uri", list_uri(request.path, filters, size, page, token)},
            {"page", page},
            {"page_size", size},
            {"start", page * size},
            {"end", page * size + std::max<int64_t>(count - 1, 0)},
            {"messages", std::move(found)}});
}

void Twilio::forget() {
  const std::lock_guard lock(mutex_);
  accounts_.clear();
}

}  // namespace centralita::simulator
