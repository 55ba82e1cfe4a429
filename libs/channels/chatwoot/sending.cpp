#include "libs/channels/chatwoot/sending.h"

#include <nlohmann/json.hpp>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/channels/answer.h"
#include "libs/channels/chatwoot/chatwoot.h"
#include "libs/channels/chatwoot/content.h"
#include "libs/channels/chatwoot/webhook.h"
#include "libs/channels/json.h"
#include "libs/channels/url.h"

namespace centralita::channels::chatwoot {
namespace {

using nlohmann::json;

constexpr auto kChatwoot = "Chatwoot";
constexpr int kMostPages = 20;
constexpr size_t kLongestReason = 500;
constexpr std::chrono::seconds kClockSkew{10};
constexpr std::chrono::seconds kFloodWait{60};  // Chatwoot counts a conversation's messages by the minute

http::ClientRequest request_to(const Channel& channel, const Outgoing& message) {
  http::ClientRequest request;
  request.url = std::string(without_last_slash(channel.setting("baseUrl"))) + "/api/v1/accounts/" +
                channel.setting("accountId") + "/conversations/" + percent_encode(message.provider_conversation_id) +
                "/messages";
  request.headers["api_access_token"] = channel.credential("apiAccessToken");
  request.headers["Accept"] = "application/json";
  return request;
}

std::string request_body(const Outgoing& message) {
  return json{{"content", written(message.content)},
              {"message_type", "outgoing"},
              {"private", false},
              {"content_type", "text"},
              {"content_attributes", {{kMessageIdAttribute, message.message_id}}}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

SendResult refusal(const http::ClientResponse& response, const json& answer) {
  const auto code = "HTTP_" + std::to_string(response.status);
  auto error = text_at(answer, {"message"});
  if (error.empty()) error = text_at(answer, {"error"});
  if (response.status == 422 && error.find("Too many messages") != std::string::npos)
    return Postponed{"Chatwoot recibió demasiados mensajes en esta conversación; hay que esperar.", kFloodWait};
  switch (response.status) {
    case 401:
    case 403:
      return Rejected{code, "Las credenciales de Chatwoot no son válidas o no tienen permiso."};
    case 404:
      return Rejected{code, "La conversación o la cuenta ya no existe en Chatwoot."};
    default:
      return Rejected{code, error.empty()
                                ? "Chatwoot rechazó el mensaje (HTTP " + std::to_string(response.status) + ")."
                                : "Chatwoot rechazó el mensaje: " + std::string(utf8_prefix(error, kLongestReason))};
  }
}

Sent sent(const json& entry) {
  const auto status = status_of(entry);
  return {text_at(entry, {"id"}), status == messaging::v1::DELIVERY_STATUS_UNSPECIFIED ? messaging::v1::SENT : status};
}

/// One page of the conversation, oldest message first; what lies before message `before`, or the newest.
json page(http::Client& client, const Channel& channel, const Outgoing& message, const std::string& before) {
  auto request = request_to(channel, message);
  if (!before.empty()) request.url += "?before=" + before;
  const auto response = client.send(std::move(request));
  require_answer(response, kChatwoot);
  auto answer = read_json(response.body).value_or(nullptr);
  if (!at(answer, {"payload"}).is_array())
    throw Error(Code::kUnavailable, "PROVIDER_UNAVAILABLE", "Chatwoot's list of messages cannot be read");
  return answer["payload"];
}

enum class Likeness { kNone, kSameText, kSameId };

/// Older versions of Chatwoot drop our id: then the text tells.
Likeness likeness(const json& entry, const Outgoing& message) {
  if (message_type(entry) != MessageType::kOutgoing || at(entry, {"private"}) == true) return Likeness::kNone;
  const auto own = own_message_id(entry);
  if (!own.empty()) return own == message.message_id ? Likeness::kSameId : Likeness::kNone;
  return text_at(entry, {"content"}) == written(message.content) ? Likeness::kSameText : Likeness::kNone;
}

}  // namespace

SendResult send(http::Client& client, const Channel& channel, const Outgoing& message) {
  if (message.provider_conversation_id.empty())
    return Rejected{"NO_CONVERSATION", "En Chatwoot solo se puede responder: la persona no ha escrito por este canal."};
  if (written(message.content).empty()) return Rejected{"EMPTY_MESSAGE", "El mensaje no tiene texto ni archivos."};
  auto request = request_to(channel, message);
  request.method = "POST";
  request.headers["Content-Type"] = "application/json";
  request.body = request_body(message);
  const auto response = client.send(std::move(request));
  if (auto result = undecided(response, kChatwoot)) return *result;

  const auto answer = read_json(response.body).value_or(nullptr);
  if (!response.ok()) return refusal(response, answer);
  auto result = sent(answer);
  if (result.provider_message_id.empty()) return Uncertain{"Chatwoot respondió algo que no se entiende."};
  return result;
}

std::optional<Sent> find_sent(http::Client& client, const Channel& channel, const Outgoing& message, Time since,
                              const std::set<std::string>& known) {
  if (message.provider_conversation_id.empty()) return std::nullopt;
  const auto earliest = std::chrono::floor<std::chrono::seconds>(since - kClockSkew);
  std::optional<Sent> alike;
  std::string before;
  for (int pages = 0; pages < kMostPages; ++pages) {
    const auto entries = page(client, channel, message, before);
    bool reached_the_past = entries.empty();
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      const auto created = read_time(at(*entry, {"created_at"}));
      reached_the_past |= created && *created < earliest;
      if (!created || *created < earliest || known.contains(text_at(*entry, {"id"}))) continue;
      const auto like = likeness(*entry, message);
      if (like == Likeness::kSameId) return sent(*entry);
      if (like == Likeness::kSameText) alike = sent(*entry);
    }
    if (reached_the_past) return alike;
    before = text_at(entries.front(), {"id"});
    if (before.empty()) return alike;
  }
  throw Error(Code::kUnavailable, "PROVIDER_UNAVAILABLE", "Chatwoot's list of messages is too long");
}

}  // namespace centralita::channels::chatwoot
