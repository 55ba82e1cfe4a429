#include <catch2/catch.hpp>

#include "libs/base/encoding.h"
#include "libs/security/security.h"
#include "tests/support/suite.h"

using namespace centralita;
using namespace centralita::tests;
using namespace std::chrono_literals;

namespace {

/// A Chatwoot inbox of a business, and what Chatwoot says about it.
class ChatwootInbox {
 public:
  ChatwootInbox(Suite& suite, const Business& business, const std::string& agent_id, Json overrides = Json::object())
      : suite_(suite) {
    Json channel = {{"kind", "chatwoot"},
                    {"name", "Chatwoot"},
                    {"zone", "America/Bogota"},
                    {"defaultAgentId", agent_id},
                    {"settings", {{"baseUrl", suite.provider_url()}, {"accountId", "7"}, {"inboxId", "21"}}},
                    {"credentials", {{"apiAccessToken", "token"}, {"webhookSecret", secret_}}}};
    channel.update(overrides);
    id_ = business.post("/v1/channels", channel)["id"];
  }

  /// A message_created of the documented shape.
  Json message(int id, const std::string& content, const std::string& type = "incoming",
               bool is_private = false) const {
    const Json contact = {
        {"id", 501}, {"name", "Marta"}, {"phone_number", phone}, {"email", nullptr}, {"type", "contact"}};
    const Json agent = {{"id", 9}, {"name", "Ana"}, {"type", "user"}};
    return {{"event", "message_created"},
            {"id", id},
            {"content", content},
            {"content_type", "text"},
            {"content_attributes", Json::object()},
            {"message_type", type},
            {"private", is_private},
            {"created_at", "2026-11-20T15:04:05.000Z"},
            {"source_id", nullptr},
            {"sender", type == "incoming" ? contact : agent},
            {"account", {{"id", 7}, {"name", "Clínica"}}},
            {"inbox", {{"id", 21}, {"name", "Web"}}},
            {"conversation",
             {{"id", 88},
              {"inbox_id", 21},
              {"status", "open"},
              {"channel", "Channel::Api"},
              {"meta", {{"sender", contact}}}}}};
  }

  int post(const Json& payload, const std::string& path = "") const {
    const auto timestamp = std::to_string(
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
    http::ClientRequest request;
    request.method = "POST";
    request.url = suite_.gateway() + (path.empty() ? "/webhooks/chatwoot/" + id_ : path);
    request.body = payload.dump();
    request.headers["Content-Type"] = "application/json";
    request.headers["X-Chatwoot-Timestamp"] = timestamp;
    request.headers["X-Chatwoot-Signature"] =
        "sha256=" + to_hex(security::hmac_sha256(secret_, timestamp + "." + request.body));
    return http_client().send(request).status;
  }

  /// What was posted to the conversation, in order.
  std::vector<std::string> delivered() const {
    http::ClientRequest request;
    request.url = suite_.provider_url() + "/_sent?after=0&provider=chatwoot";
    std::vector<std::string> contents;
    for (const auto& sent : Json::parse(http_client().send(request).body))
      if (sent["path"] == "/api/v1/accounts/7/conversations/88/messages" && sent["accepted"] == true)
        contents.push_back(sent["json"]["content"]);
    return contents;
  }

  const std::string phone = new_phone();

 private:
  Suite& suite_;
  std::string id_;
  std::string secret_ = "whsec_prueba";
};

}  // namespace

TEST_CASE("a known customer who writes through Chatwoot is answered there") {
  Suite suite;
  const auto business = suite.new_business();
  const ChatwootInbox inbox(suite, business, business.create_agent()["id"]);
  business.create_knowledge("Horario", "Abrimos a las 8:00.");
  business.post("/v1/customers", {{"name", "Marta"}, {"identities", {{{"kind", "phone"}, {"value", inbox.phone}}}}});

  CHECK(inbox.post(inbox.message(1001, "¿A qué hora abren?")) == 200);
  eventually("the answer", [&] { return inbox.delivered().size() == 1; });
  CHECK(inbox.delivered()[0] == "Abrimos a las 8:00.");

  // The shared address of the requirements, a private note and an echo of a bot: accepted, never answered.
  CHECK(inbox.post(inbox.message(1002, "nota interna", "outgoing", true)) == 200);
  auto bot = inbox.message(1003, "soy un bot", "outgoing");
  bot["sender"] = {{"id", 2}, {"name", "Bot"}, {"type", "agent_bot"}};
  CHECK(inbox.post(bot) == 200);
  CHECK(inbox.post(inbox.message(1004, "Hola"), "/api/webhooks/chatwoot") == 200);
  eventually("the second answer", [&] { return inbox.delivered().size() == 2; });
  CHECK(inbox.delivered()[1] == "Hola, ¿en qué te ayudo?");
}

TEST_CASE("somebody unknown who writes through Chatwoot creates nobody until they are linked") {
  Suite suite;
  const auto business = suite.new_business();
  const ChatwootInbox inbox(suite, business, business.create_agent()["id"]);
  CHECK(inbox.post(inbox.message(1, "Hola")) == 200);
  eventually("the unmatched message", [&] { return business.get("/v1/unmatched-messages")["messages"].size() == 1; });
  CHECK(business.get("/v1/customers")["customers"].empty());

  const auto customer = business.post("/v1/customers", {{"name", "Marta"}});
  const auto unmatched = business.get("/v1/unmatched-messages")["messages"][0];
  business.post("/v1/unmatched-messages/" + unmatched["id"].get<std::string>() + ":link",
                {{"customerId", customer["id"]}});
  eventually("the answer", [&] { return inbox.delivered().size() == 1; });
  CHECK(business.get("/v1/unmatched-messages")["messages"].empty());
  CHECK(inbox.post(inbox.message(2, "buenas")) == 200);
  eventually("the second answer", [&] { return inbox.delivered().size() == 2; });
}

TEST_CASE("a reply that staff writes in Chatwoot itself is stored, and silences the AI") {
  Suite suite;
  const auto business = suite.new_business();
  const ChatwootInbox inbox(suite, business, business.create_agent()["id"], {{"customerCreation", "AUTOMATIC"}});
  CHECK(inbox.post(inbox.message(1, "Hola")) == 200);
  eventually("the greeting", [&] { return inbox.delivered().size() == 1; });
  CHECK(inbox.post(inbox.message(2, "Soy Ana, dime.", "outgoing")) == 200);
  const auto conversation = [&] { return business.get("/v1/conversations")["conversations"][0]; };
  eventually("the takeover", [&] { return conversation()["handler"] == "PERSON"; });
  CHECK(inbox.post(inbox.message(3, "¿A qué hora abren?")) == 200);
  eventually("all four to be stored", [&] { return conversation()["lastSeq"] == "4"; });
  CHECK(inbox.delivered().size() == 1);
}

TEST_CASE("what is not signed, not known or not readable is refused, and what is authentic is kept all the same") {
  Suite suite;
  const auto business = suite.new_business();
  const ChatwootInbox inbox(suite, business, business.create_agent()["id"]);
  auto strangers = inbox.message(1, "Hola");
  strangers["account"]["id"] = 99;
  CHECK(inbox.post(strangers, "/api/webhooks/chatwoot") == 404);
  CHECK(inbox.post(inbox.message(1, "Hola"), "/webhooks/chatwoot/019a0000-0000-7000-8000-000000000000") == 404);

  auto unreadable = inbox.message(2, "Hola");
  unreadable["conversation"] = "no es un objeto";
  CHECK(inbox.post(unreadable) == 400);
  const auto letters = suite.app().host().database().bus->dead_letters("");
  REQUIRE(letters.size() == 1);
  CHECK_FALSE(letters[0].reason.empty());
  CHECK(letters[0].event.tenant_id == business.tenant_id());

  http::ClientRequest alive;
  alive.url = suite.gateway() + "/api/webhooks/chatwoot";
  CHECK(http_client().send(alive).status == 200);
}
