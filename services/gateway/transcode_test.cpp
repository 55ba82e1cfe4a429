#include "services/gateway/transcode.h"

#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "centralita/agents/v1/agents.pb.h"
#include "centralita/conversations/v1/conversations.pb.h"
#include "libs/base/error.h"
#include "proto/descriptors.h"
#include "services/gateway/json_read.h"
#include "services/gateway/json_write.h"

using namespace centralita;
using namespace centralita::gateway;

namespace {

const Catalogue& catalogue() {
  static const Catalogue made{descriptor_set()};
  return made;
}

struct Call {
  std::string method;
  std::string request;  ///< In the one-line text format.
  bool operator==(const Call&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Call& call) { return out << call.method << " " << call.request; }

std::string printed(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  printer.PrintToString(message, &text);
  return text.empty() ? text : text.substr(0, text.size() - 1);
}

/// The RPC that a request becomes.
Call call_of(const std::string& verb, const std::string& target, const std::string& body = "") {
  http::Request request;
  request.method = verb;
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  request.body = body;
  request.headers["content-type"] = "application/json; charset=utf-8";
  const auto match = catalogue().match(verb, request.path);
  REQUIRE(match.binding != nullptr);
  return {match.binding->method->name(), printed(*read_request(*match.binding, match.values, request))};
}

/// The field that a request is refused for, or the reason where no field is to blame.
std::string refusal_of(const std::string& verb, const std::string& target, const std::string& body = "") {
  try {
    return "accepted as " + call_of(verb, target, body).request;
  } catch (const Error& error) {
    CHECK(error.code() == Code::kInvalidArgument);
    return error.fields.empty() ? error.reason() : error.fields[0].field;
  }
}

template <class Message>
Message from_json(const std::string& text) {
  Message message;
  read_json(parse_json(text), message);
  return message;
}

}  // namespace

TEST_CASE("a message is sent by each of its three paths") {
  CHECK(call_of("POST", "/v1/conversations/c-1/messages", R"({"body": "Hola, señora"})") ==
        Call{"SendMessage", R"(conversation_id: "c-1" body: "Hola, señora")"});
  CHECK(call_of("POST", "/v1/messages", R"({"to": "+573001234567", "medium": "sms", "body": "Hola"})") ==
        Call{"SendMessage", R"(body: "Hola" to: "+573001234567" medium: "sms")"});
  CHECK(
      call_of(
          "POST", "/api/whatsapp/send",
          R"({"to": "+573001234567", "body": "Hola", "request_id": "r", "reference": {"kind": "cita", "id": "9"}})") ==
      Call{"SendMessage", R"(body: "Hola" to: "+573001234567" medium: "whatsapp" )"
                          R"(reference { kind: "cita" id: "9" } request_id: "r")"});
}

TEST_CASE("lists are filtered by query parameters in either spelling") {
  CHECK(
      call_of("GET", "/api/whatsapp/conversations?pageSize=10&status=OPEN&requires_attention=true&page_token=x%20y") ==
      Call{"ListConversations",
           R"(page_size: 10 page_token: "x y" medium: "whatsapp" status: OPEN requires_attention: true)"});
  CHECK(call_of("GET", "/v1/conversations?reference.kind=cita&reference.id=9") ==
        Call{"ListConversations", R"(reference { kind: "cita" id: "9" })"});
  CHECK(call_of("GET", "/api/whatsapp/conversations/%2B573001234567/messages") ==
        Call{"ListMessages", R"(phone: "+573001234567" medium: "whatsapp")"});
  CHECK(call_of("GET", "/v1/conversations:unreadCount") == Call{"GetUnreadCount", ""});
  CHECK(call_of("HEAD", "/v1/tenant") == Call{"GetTenant", ""});
}

TEST_CASE("an update without a mask changes what its body names") {
  CHECK(
      call_of("PATCH", "/v1/channels/7", R"({"id": "7", "name": "Ventas", "defaultAgentId": "", "settings": null})") ==
      Call{"UpdateChannel", R"(channel { id: "7" name: "Ventas" } update_mask { paths: "default_agent_id" )"
                            R"(paths: "name" paths: "settings" })"});
  CHECK(call_of("PATCH", "/v1/channels/7?updateMask=name,defaultAgentId", R"({"name": "Ventas"})") ==
        Call{"UpdateChannel",
             R"(channel { id: "7" name: "Ventas" } update_mask { paths: "name" paths: "default_agent_id" })"});
  CHECK(call_of("PATCH", "/v1/channels/7", "{}") == Call{"UpdateChannel", R"(channel { id: "7" } update_mask { })"});
}

TEST_CASE("a verb without a body is called with nothing or with an empty object") {
  CHECK(call_of("POST", "/v1/conversations/c-1:markRead") == Call{"MarkRead", R"(id: "c-1")"});
  CHECK(call_of("POST", "/v1/conversations/c-1:handOver", R"({"reason": "pide una persona"})") ==
        Call{"HandOver", R"(id: "c-1" reason: "pide una persona")"});
  CHECK(call_of("POST", "/v1/conversations/c-1:setAttention", R"({"requiresAttention": true})") ==
        Call{"SetAttention", R"(id: "c-1" requires_attention: true)"});
}

TEST_CASE("what is malformed is refused, by the name of the field") {
  CHECK(refusal_of("GET", "/v1/conversations?pageSize=ten") == "pageSize");
  CHECK(refusal_of("GET", "/v1/conversations?pageSize=99999999999") == "pageSize");
  CHECK(refusal_of("GET", "/v1/conversations?pageSize=1&page_size=2") == "page_size");
  CHECK(refusal_of("GET", "/v1/conversations?status=SHUT") == "status");
  CHECK(refusal_of("GET", "/v1/conversations?requiresAttention=yes") == "requiresAttention");
  CHECK(refusal_of("GET", "/v1/conversations?colour=red") == "colour");
  CHECK(refusal_of("GET", "/v1/conversations?reference=9") == "reference");
  CHECK(refusal_of("GET", "/v1/conversations?reference.colour=9") == "reference.colour");
  CHECK(refusal_of("GET", "/v1/conversations?medium.x=9") == "medium.x");
  CHECK(refusal_of("GET", "/v1/conversations?medium=%FF") == "medium");
  CHECK(refusal_of("GET", "/v1/conversations?medium=a%00b") == "medium");
  CHECK(refusal_of("GET", "/v1/channels/%C0%AF") == "id");
  CHECK(refusal_of("GET", "/api/whatsapp/conversations?medium=sms") == "medium");
  CHECK(refusal_of("GET", "/v1/conversations", "{}") == "body");
  CHECK(refusal_of("POST", "/v1/messages?to=x", "{}") == "to");
  CHECK(refusal_of("POST", "/v1/channels?channel.name=x", "{}") == "channel.name");
  CHECK(refusal_of("POST", "/v1/messages", R"({"to": 5})") == "to");
  CHECK(refusal_of("POST", "/v1/messages", R"({"text": "Hola"})") == "text");
  CHECK(refusal_of("POST", "/v1/messages", R"({"attachments": [{"url": "u"}, {"size": 1.5}]})") ==
        "attachments[1].size");
  CHECK(refusal_of("POST", "/v1/messages", R"({"attachments": {}})") == "attachments");
  CHECK(refusal_of("POST", "/v1/messages", R"({"reference": []})") == "reference");
  CHECK(refusal_of("POST", "/v1/messages", R"({"body": "a\u0000b"})") == "body");
  CHECK(refusal_of("POST", "/v1/channels", R"({"settings": {"a": 1}})") == "channel.settings.a");
  CHECK(refusal_of("POST", "/v1/channels", R"({"customerCreation": "NEVER"})") == "channel.customerCreation");
  CHECK(refusal_of("POST", "/v1/channels", R"({"createdAt": "ayer"})") == "channel.createdAt");
  CHECK(refusal_of("POST", "/api/whatsapp/send", R"({"medium": "sms"})") == "medium");
  CHECK(refusal_of("PATCH", "/v1/channels/7", R"({"id": "8"})") == "channel.id");
}

TEST_CASE("what is no JSON object in UTF-8 is refused, and says where") {
  CHECK(refusal_of("POST", "/v1/messages", "{\"body\": \"\xff\"}") == "NOT_UTF8");
  CHECK(refusal_of("POST", "/v1/messages", R"({"body": "\ud800"})") == "MALFORMED_JSON");
  CHECK(refusal_of("POST", "/v1/messages", "[]") == "MALFORMED_JSON");
  CHECK(refusal_of("POST", "/v1/messages", R"({"body": 1e999})") == "MALFORMED_JSON");
  CHECK(refusal_of("POST", "/v1/messages", std::string(500'000, '[')) == "TOO_DEEP");
  CHECK(refusal_of("POST", "/v1/messages", "{\"a\":" + std::string(500'000, '{')) == "MALFORMED_JSON");
  CHECK_THROWS_WITH(call_of("POST", "/v1/messages", "{\"body\": \"Hola\",}"), Catch::Contains("byte 17"));

  http::Request form;
  form.body = "body=Hola";
  form.headers["Content-Type"] = "application/x-www-form-urlencoded";
  const auto match = catalogue().match("POST", "/v1/messages");
  CHECK_THROWS_WITH(read_request(*match.binding, match.values, form), Catch::Contains("application/json"));
}

TEST_CASE("a path leads to the RPC that names it most literally") {
  CHECK(catalogue().match("GET", "/v1/conversations:unreadCount").binding->method->name() == "GetUnreadCount");
  CHECK(catalogue().match("POST", "/v1/conversations/1:resolve").binding->method->name() == "Resolve");
  CHECK(catalogue().match("GET", "/v1/nothing").binding == nullptr);
  CHECK(catalogue().match("GET", "/v1/nothing").allowed.empty());
  const auto match = catalogue().match("PUT", "/v1/channels/7");
  CHECK(match.binding == nullptr);
  CHECK(std::set(match.allowed.begin(), match.allowed.end()) == std::set<std::string>{"DELETE", "GET", "PATCH"});
  CHECK(catalogue().roots() == std::vector<std::string>{"api", "v1"});
}

TEST_CASE("what our own services ask each other is not on the outside") {
  for (const auto& binding : catalogue().bindings()) {
    CHECK(binding.permission != "internal");
    CHECK(binding.method->service()->name() != "Directory");
  }
}

TEST_CASE("an answer prints every field, enums by name, and 64 bits as a string") {
  conversations::v1::Conversation conversation;
  conversation.set_id("c-1");
  conversation.set_customer_name("Ana \"la jefa\"\n\x01");
  conversation.set_status(conversations::v1::Conversation::OPEN);
  conversation.set_last_seq(1LL << 60);
  conversation.mutable_last_message_at()->set_seconds(1'790'000'000);
  const auto json = nlohmann::json::parse(to_json(conversation));
  const auto expected = nlohmann::json::parse(R"({"id": "c-1", "customerId": "", "status": "OPEN", "unreadCount": 0,
      "customerName": "Ana \"la jefa\"\n\u0001", "handler": "HANDLER_UNSPECIFIED", "requiresAttention": false,
      "lastSeq": "1152921504606846976", "lastMessageAt": "2026-09-21T14:13:20Z"})");
  for (const auto& [name, value] : expected.items()) CHECK(json[name] == value);
  CHECK_FALSE(json.contains("createdAt"));
}

TEST_CASE("messages survive being written as JSON and read again") {
  const auto* text = R"({"id": "a-1", "enabled": true, "responder": "MODEL", "promptVersion": -3,
      "model": {"temperature": 0.1, "maxTokens": 2147483647}, "triggerKeywords": ["precio", "\ud83d\udc4b", ""],
      "activeHours": [{"days": [1, 7], "from": "09:00"}, {}], "createdAt": "2026-02-28T23:59:59.123456Z"})";
  const auto agent = from_json<agents::v1::Agent>(text);
  CHECK(agent.model().temperature() == 0.1);
  CHECK(agent.trigger_keywords(1) == "👋");
  CHECK(agent.active_hours_size() == 2);
  CHECK(printed(from_json<agents::v1::Agent>(to_json(agent))) == printed(agent));
  CHECK_FALSE(from_json<agents::v1::Agent>(R"({"model": {}})").model().has_temperature());
  CHECK_THROWS_AS(from_json<agents::v1::Agent>(R"({"model": {"temperature": "tibia"}})"), Error);
}

TEST_CASE("numbers are read as proto3 JSON writes them") {
  using conversations::v1::Message;
  CHECK(from_json<Message>(R"({"seq": "9007199254740993"})").seq() == 9'007'199'254'740'993);
  CHECK(from_json<Message>(R"({"seq": -7})").seq() == -7);
  CHECK(from_json<Message>(R"({"seq": 1e3})").seq() == 1'000);
  CHECK(from_json<Message>(R"({"direction": 2})").direction() == Message::OUTBOUND);
  for (const auto* bad :
       {R"({"seq": 1.5})", R"({"seq": 1e30})", R"({"seq": "1x"})", R"({"seq": ""})", R"({"seq": true})",
        R"({"seq": 18446744073709551615})", R"({"direction": 99})", R"({"direction": 1.0})"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(from_json<Message>(bad), Error);
  }
}
