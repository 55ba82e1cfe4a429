#include "tests/support/simulator/chatwoot.h"

#include <algorithm>

#include "libs/base/clock.h"
#include "tests/support/simulator/chatwoot_contacts.h"

namespace centralita::simulator {
namespace {

using nlohmann::json;

constexpr size_t kLongestContent = 150'000;
constexpr size_t kMessagesPerPage = 20;
constexpr size_t kMessagesAfter = 100;
constexpr int64_t kConversationsPerPage = 25;

int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(SystemClock().now().time_since_epoch()).count();
}

const json& agent() {
  static const json kAgent{{"id", 1},          {"name", "Centralita"}, {"available_name", "Centralita"},
                           {"avatar_url", ""}, {"type", "user"},       {"availability_status", "online"},
                           {"thumbnail", ""}};
  return kAgent;
}

http::Response missing() { return json_response(404, {{"error", "Resource could not be found"}}); }

http::Response invalid(const std::string& message, const std::string& attribute) {
  return json_response(422, {{"message", message}, {"attributes", {attribute}}});
}

/// The fields of the body, whether it is JSON, a form, or multipart, of which nothing is read.
json body_of(const http::Request& request) {
  if (request.content_type() == "application/json") return json::parse(request.body, nullptr, false);
  auto body = json::object();
  if (request.content_type() == "application/x-www-form-urlencoded")
    for (const auto& [name, value] : parse_form(request.body)) body[name] = value;
  return body;
}

int64_t id_in(const json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end()) return 0;
  if (found->is_string()) return number_or(found->get<std::string>(), 1, 0);
  return found->is_number_integer() ? found->get<int64_t>() : 0;
}

}  // namespace

bool Chatwoot::owns(std::string_view path) const { return path.starts_with("/api/v1/accounts/"); }

bool Chatwoot::creates(const http::Request& request) const {
  const auto parts = segments(request.path);  // api / v1 / accounts / {a} / conversations / {c} / messages
  return request.method == "POST" && (parts.size() == 5 || (parts.size() == 7 && parts[6] == "messages"));
}

http::Response Chatwoot::error(int status, const json& code) const {
  static const std::map<int, const char*> kUsual{{401, "You need to sign in or sign up before continuing."},
                                                 {403, "You are not authorized to do this action"},
                                                 {404, "Resource could not be found"},
                                                 {429, "Retry later"}};
  if (status == 422) return invalid("Content is invalid", "content");
  const auto found = kUsual.find(status);
  json body{{"error", found == kUsual.end() ? "Internal Server Error" : found->second}};
  if (!code.is_null()) body["error_code"] = code;
  return json_response(status, body);
}

Reply Chatwoot::answer(const http::Request& request, const Behaviour&) {
  if (request.header("api_access_token").empty()) return {error(401, {})};
  const auto parts = segments(request.path);
  const auto account_id = number_or(parts[3], 1, 0);
  if (account_id == 0 || parts.size() < 5) return {missing()};
  const bool post = request.method == "POST";
  if (post && body_of(request).is_discarded()) return {json_response(400, {{"error", "Bad Request"}})};

  const std::lock_guard lock(mutex_);
  auto& account = accounts_[account_id];
  if (parts[4] == "contacts") return contacts(account, {parts.begin() + 5, parts.end()}, request);
  if (parts[4] != "conversations") return {missing()};
  if (parts.size() == 5 && post) return create_conversation(account, account_id, body_of(request));
  if (parts.size() == 5 && request.method == "GET")
    return {list_conversations(account, account_id, parse_form(request.query))};
  const auto id = parts.size() > 5 ? number_or(parts[5], 1, 0) : 0;
  if (id == 0) return {missing()};
  if (parts.size() == 6 && request.method == "GET")
    return {json_response(200, described(account, account_id, id, account.conversations[id]))};
  return parts.size() == 7 ? one_conversation(account, id, parts[6], request) : Reply{missing()};
}

Reply Chatwoot::contacts(Account& account, const std::vector<std::string>& rest, const http::Request& request) {
  const auto query = parse_form(request.query);
  const auto page = number_or(field(query, "page"), 1, 1);
  if (rest.empty() && request.method == "POST") return create_contact(account, body_of(request));
  if (rest.size() != 1) return {missing()};
  if (rest[0] == "search" && request.method == "GET")
    return {contacts::search(account.contacts, field(query, "q"), page)};
  if (rest[0] == "filter" && request.method == "POST")
    return {contacts::filter(account.contacts, body_of(request), page)};
  const auto found = account.contacts.find(number_or(rest[0], 1, 0));
  if (found == account.contacts.end() || request.method != "GET") return {missing()};
  return {json_response(200, {{"payload", found->second}})};
}

Reply Chatwoot::create_contact(Account& account, const json& body) {
  if (!body.is_object()) return {json_response(400, {{"error", "Bad Request"}})};
  if (auto refused = contacts::refusal(account.contacts, body)) return {std::move(*refused)};
  const auto inbox_id = id_in(body, "inbox_id");
  const auto id = ++last_contact_;
  auto contact = contacts::contact(id, body, unix_now(), inbox_id);
  const auto source_id = contact["contact_inboxes"].empty() ? json() : contact["contact_inboxes"][0]["source_id"];
  account.contacts.emplace(id, contact);
  return {json_response(200,
                        {{"payload",
                          {{"contact", contact},
                           {"contact_inbox",
                            {{"inbox", inbox_id == 0 ? json() : json{{"id", inbox_id}}}, {"source_id", source_id}}}}}}),
          {},
          true};
}

Reply Chatwoot::create_conversation(Account& account, int64_t account_id, const json& body) {
  if (!body.is_object()) return {json_response(400, {{"error", "Bad Request"}})};
  const auto contact_id = id_in(body, "contact_id");
  if (!account.contacts.contains(contact_id)) return {missing()};
  const auto id = ++last_conversation_;
  auto& conversation = account.conversations[id];
  conversation.contact_id = contact_id;
  conversation.inbox_id = std::max<int64_t>(id_in(body, "inbox_id"), 1);
  conversation.status = body.value("status", "open");
  conversation.created_at = unix_now();
  if (const auto first = body.value("message", json()); first.is_object())
    conversation.messages.push_back(message(conversation, id, first));
  return {json_response(200, described(account, account_id, id, conversation)), {}, true};
}

json Chatwoot::message(const Conversation& conversation, int64_t id, const json& body) {
  const auto given = [&](const char* name, json fallback) {
    const auto found = body.find(name);
    return found == body.end() || found->is_null() ? std::move(fallback) : *found;
  };
  const bool incoming = given("message_type", "outgoing") == "incoming";
  const auto is_private = given("private", false);
  return {{"id", ++last_message_},
          {"content", given("content", nullptr)},
          {"inbox_id", conversation.inbox_id},
          {"conversation_id", id},
          {"message_type", incoming ? 0 : 1},
          {"content_type", given("content_type", "text")},
          {"status", "sent"},
          {"content_attributes", given("content_attributes", json::object())},
          {"created_at", unix_now()},
          {"private", is_private == true || is_private == "true"},
          {"source_id", given("source_id", nullptr)},
          {"sender", incoming ? json() : agent()}};
}

Reply Chatwoot::create_message(Conversation& conversation, int64_t id, const http::Request& request) {
  const auto body = body_of(request);
  if (!body.is_object()) return {json_response(400, {{"error", "Bad Request"}})};
  const auto type = body.value("message_type", json("outgoing"));
  if (type != "outgoing" && type != "incoming")
    return {invalid("Message type is not included in the list", "message_type")};
  if (const auto content = body.value("content", json());
      content.is_string() && content.get_ref<const std::string&>().size() > kLongestContent)
    return {invalid("Content is too long (maximum is 150000 characters)", "content")};
  if (conversation.created_at == 0) conversation.created_at = unix_now();
  const auto& made = conversation.messages.emplace_back(message(conversation, id, body));
  return {json_response(200, made), {}, true};
}

http::Response Chatwoot::list_messages(const Account& account, int64_t id, const Form& query) const {
  static const Conversation kNone;
  const auto found = account.conversations.find(id);
  const auto& conversation = found == account.conversations.end() ? kNone : found->second;
  const auto before = number_or(field(query, "before"), 1, 0);
  const auto after = number_or(field(query, "after"), 1, 0);
  std::vector<const json*> page;
  for (const auto& one : conversation.messages)
    if ((before == 0 || one["id"] < before) && (after == 0 || one["id"] > after)) page.push_back(&one);
  if (after > 0) {
    page.resize(std::min(page.size(), kMessagesAfter));
  } else if (page.size() > kMessagesPerPage) {
    page.erase(page.begin(), page.end() - kMessagesPerPage);
  }
  auto payload = json::array();
  for (const auto* one : page) payload.push_back(*one);
  const auto contact = account.contacts.find(conversation.contact_id);
  return json_response(200, {{"meta",
                              {{"labels", conversation.labels},
                               {"additional_attributes", json::object()},
                               {"contact", contact == account.contacts.end() ? json() : contact->second},
                               {"assignee", conversation.assignee},
                               {"agent_last_seen_at", nullptr},
                               {"assignee_last_seen_at", nullptr}}},
                             {"payload", std::move(payload)}});
}

Reply Chatwoot::one_conversation(Account& account, int64_t id, const std::string& what, const http::Request& request) {
  const bool post = request.method == "POST";
  if (what == "messages" && request.method == "GET") return {list_messages(account, id, parse_form(request.query))};
  auto& conversation = account.conversations[id];
  if (what == "messages" && post) return create_message(conversation, id, request);
  if (what == "labels" && request.method == "GET") return {json_response(200, {{"payload", conversation.labels}})};
  if (!post) return {missing()};

  const auto body = body_of(request);
  if (!body.is_object()) return {json_response(400, {{"error", "Bad Request"}})};
  if (what == "labels") {
    conversation.labels = body.value("labels", json::array());
    return {json_response(200, {{"payload", conversation.labels}})};
  }
  if (what == "toggle_status") {
    const auto status = body.value("status", json(conversation.status == "open" ? "resolved" : "open"));
    const auto statuses = {"open", "resolved", "pending", "snoozed"};
    if (std::find(statuses.begin(), statuses.end(), status) == statuses.end())
      return {invalid("Status is not included in the list", "status")};
    conversation.status = status;
    return {
        json_response(200, {{"meta", json::object()},
                            {"payload", {{"success", true}, {"current_status", status}, {"conversation_id", id}}}})};
  }
  if (what != "assignments") return {missing()};
  if (const auto team = id_in(body, "team_id")) {
    conversation.team = {{"id", team}, {"name", "Equipo " + std::to_string(team)}};
    return {json_response(200, conversation.team)};
  }
  conversation.assignee = nullptr;
  if (const auto assignee = id_in(body, "assignee_id")) {
    conversation.assignee = agent();
    conversation.assignee["id"] = assignee;
  }
  return {json_response(200, conversation.assignee)};
}

json Chatwoot::described(const Account& account, int64_t account_id, int64_t id,
                         const Conversation& conversation) const {
  const auto contact = account.contacts.find(conversation.contact_id);
  const auto& messages = conversation.messages;
  const auto last = messages.empty() ? json(conversation.created_at) : messages.back()["created_at"];
  return {{"meta",
           {{"sender", contact == account.contacts.end() ? json() : contact->second},
            {"channel", "Channel::Api"},
            {"assignee", conversation.assignee},
            {"team", conversation.team},
            {"hmac_verified", false}}},
          {"id", id},
          {"messages", messages.empty() ? json::array() : json::array({messages.back()})},
          {"account_id", account_id},
          {"additional_attributes", json::object()},
          {"can_reply", true},
          {"custom_attributes", json::object()},
          {"inbox_id", conversation.inbox_id},
          {"labels", conversation.labels},
          {"muted", false},
          {"snoozed_until", nullptr},
          {"status", conversation.status},
          {"created_at", conversation.created_at},
          {"timestamp", last},
          {"unread_count", 0}};
}

http::Response Chatwoot::list_conversations(const Account& account, int64_t account_id, const Form& query) const {
  const auto status = field(query, "status");
  const auto inbox_id = number_or(field(query, "inbox_id"), 1, 0);
  auto payload = json::array();
  int64_t assigned = 0;
  int64_t all = 0;
  auto skip = (number_or(field(query, "page"), 1, 1) - 1) * kConversationsPerPage;
  for (auto one = account.conversations.rbegin(); one != account.conversations.rend(); ++one) {
    const auto& [id, conversation] = *one;
    if (status != "all" && conversation.status != (status.empty() ? "open" : status)) continue;
    if (inbox_id != 0 && conversation.inbox_id != inbox_id) continue;
    ++all;
    assigned += !conversation.assignee.is_null();
    if (skip-- > 0 || static_cast<int64_t>(payload.size()) == kConversationsPerPage) continue;
    payload.push_back(described(account, account_id, id, conversation));
  }
  return json_response(
      200,
      {{"data",
        {{"meta",
          {{"mine_count", 0}, {"assigned_count", assigned}, {"unassigned_count", all - assigned}, {"all_count", all}}},
         {"payload", std::move(payload)}}}});
}

void Chatwoot::forget() {
  const std::lock_guard lock(mutex_);
  accounts_.clear();
}

}  // namespace centralita::simulator
