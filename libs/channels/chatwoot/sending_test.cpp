#include "libs/channels/chatwoot/sending.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libs/base/error.h"
#include "libs/channels/testing/scripted_server.h"

using namespace centralita;
using namespace centralita::channels;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string kMessageId = "01939a2e-7b1c-7d40-8a11-5c0f3e9b1470";
const std::string kOtherId = "01939a2e-7b1c-7d40-8a11-5c0f3e9b1471";
constexpr int64_t kSince = 1795187045;

http::Client& client() {
  static http::Client instance(http::ClientOptions{.allow_private_addresses = true});
  return instance;
}

/// An inbox of a Chatwoot that does as it is told.
struct Chatwoot {
  testing::ScriptedServer server;
  Channel channel;

  Chatwoot() {
    channel.settings = {{"baseUrl", server.url() + "/"}, {"accountId", "7"}, {"inboxId", "21"}};
    channel.credentials = {{"apiAccessToken", "token-147"}};
  }

  SendResult send(const Outgoing& message) { return chatwoot::send(client(), channel, message); }
  SendResult send(const Outgoing& message, int status, const std::string& body, const std::string& headers = "") {
    server.answer(status, body, headers);
    return send(message);
  }
  std::optional<Sent> find(const Outgoing& message, const std::set<std::string>& known = {}) {
    return chatwoot::find_sent(client(), channel, message, Time(std::chrono::seconds(kSince)), known);
  }
  /// The JSON of the last request.
  json body() const {
    const auto request = server.seen().back();
    return json::parse(request.substr(request.find("\r\n\r\n") + 4));
  }
};

Outgoing text(const std::string& body = "Sí, a las diez.") {
  Outgoing message;
  message.message_id = kMessageId;
  message.recipient = "501";
  message.provider_conversation_id = "88";
  message.content.set_body(body);
  return message;
}

json entry(int id, int64_t created, const std::string& content = "Sí, a las diez.") {
  return {{"id", id},
          {"content", content},
          {"message_type", 1},
          {"private", false},
          {"created_at", created},
          {"status", "sent"},
          {"content_attributes", json::object()}};
}

json carrying(json message, const std::string& id) {
  message["content_attributes"]["centralita_message_id"] = id;
  return message;
}

std::string listed(const json& entries) { return json{{"meta", json::object()}, {"payload", entries}}.dump(); }

}  // namespace

TEST_CASE("a message is posted to its conversation in Chatwoot with our id in it") {
  Chatwoot chatwoot;
  const auto result = chatwoot.send(text(), 200, R"({"id":4147,"status":"sent","content":"Sí, a las diez."})");
  CHECK(std::get<Sent>(result).provider_message_id == "4147");
  CHECK(std::get<Sent>(result).status == messaging::v1::SENT);
  const auto request = chatwoot.server.seen().at(0);
  CHECK(request.rfind("POST /api/v1/accounts/7/conversations/88/messages HTTP/1.1\r\n", 0) == 0);
  CHECK(request.find("api_access_token: token-147\r\n") != std::string::npos);
  CHECK(chatwoot.body() == json{{"content", "Sí, a las diez."},
                                {"message_type", "outgoing"},
                                {"private", false},
                                {"content_type", "text"},
                                {"content_attributes", {{"centralita_message_id", kMessageId}}}});
}

TEST_CASE("files and places are sent to Chatwoot as links") {
  Chatwoot chatwoot;
  auto message = text("Mira:");
  message.content.add_attachments()->set_url("https://chat.example.com/f/1.pdf");
  message.content.mutable_location()->set_latitude(4.5);
  message.content.mutable_location()->set_longitude(-74.25);
  message.content.mutable_location()->set_name("La clínica");
  chatwoot.send(message, 200, R"({"id":1})");
  CHECK(chatwoot.body()["content"] ==
        "Mira:\nhttps://chat.example.com/f/1.pdf\nLa clínica: https://maps.google.com/?q=4.500000,-74.250000");
  message.content.clear_body();
  message.content.clear_location();
  chatwoot.send(message, 200, R"({"id":1})");
  CHECK(chatwoot.body()["content"] == "https://chat.example.com/f/1.pdf");
}

TEST_CASE("through Chatwoot one can only answer, and only with something") {
  Chatwoot chatwoot;
  auto message = text();
  message.provider_conversation_id.clear();
  CHECK(std::get<Rejected>(chatwoot.send(message)).code == "NO_CONVERSATION");
  CHECK_FALSE(chatwoot.find(message));
  CHECK(std::get<Rejected>(chatwoot.send(text(""))).code == "EMPTY_MESSAGE");
  CHECK(chatwoot.server.seen().empty());
}

TEST_CASE("how Chatwoot answers decides what becomes of the message") {
  Chatwoot chatwoot;
  const auto send = [&](int status, const std::string& body, const std::string& headers = "") {
    return chatwoot.send(text(), status, body, headers);
  };
  SECTION("refused for good") {
    CHECK_THAT(std::get<Rejected>(send(401, R"({"error":"Invalid Access Token"})")).reason,
               Catch::Contains("credenciales"));
    CHECK(std::get<Rejected>(send(404, R"({"error":"Resource could not be found"})")).code == "HTTP_404");
    const auto invalid = std::get<Rejected>(send(422, R"({"message":"Content is too long","attributes":["content"]})"));
    CHECK(invalid.code == "HTTP_422");
    CHECK_THAT(invalid.reason, Catch::Contains("Content is too long"));
    CHECK(std::get<Rejected>(send(400, "<html>")).code == "HTTP_400");
  }
  SECTION("not now") {
    CHECK(std::get<Postponed>(send(429, "", "Retry-After: 3\r\n")).retry_after == std::chrono::milliseconds(3s));
    CHECK(std::get<Postponed>(send(422, R"({"message":"Too many messages"})")).retry_after ==
          std::chrono::milliseconds(60s));
  }
  SECTION("nobody knows") {
    for (const auto* body : {"", "<html>", "{}", "[]", "{\"id\":null}", "{\"id\":1.5}"})
      CHECK(std::holds_alternative<Uncertain>(send(200, body)));
    CHECK(std::holds_alternative<Uncertain>(send(500, R"({"error":"x"})")));
    chatwoot.server.hang_up();
    CHECK(std::holds_alternative<Uncertain>(chatwoot.send(text())));
  }
  SECTION("not reached") {
    {
      testing::ScriptedServer gone;
      chatwoot.channel.settings["baseUrl"] = gone.url();
    }
    CHECK(std::holds_alternative<Postponed>(chatwoot.send(text())));
    http::Client guarded;
    CHECK(std::get<Rejected>(chatwoot::send(guarded, chatwoot.channel, text())).code == "ADDRESS_FORBIDDEN");
  }
}

TEST_CASE("a message whose fate nobody knows is found in Chatwoot, or certainly not there") {
  Chatwoot chatwoot;
  const auto find = [&](json entries, const std::set<std::string>& known = {}) {
    entries.insert(entries.begin(), entry(1000, kSince - 500));  // older: no further page is asked for
    chatwoot.server.answer(200, listed(entries));
    const auto found = chatwoot.find(text(), known);
    return found ? found->provider_message_id : "";
  };
  const auto changed = [](const char* name, const json& value) {
    auto made = entry(1, kSince + 1);
    made[name] = value;
    return json::array({made});
  };
  CHECK(find(json::array()).empty());
  CHECK(find(json::array({carrying(entry(1, kSince + 1), kMessageId)})) == "1");
  CHECK(find(json::array({carrying(entry(1, kSince + 1), kOtherId)})).empty());
  CHECK(find(json::array({entry(1, kSince + 1)})) == "1");
  CHECK(find(json::array({entry(1, kSince - 5)})) == "1");
  CHECK(find(json::array({entry(1, kSince - 60)})).empty());
  CHECK(find({entry(1, kSince + 1), entry(2, kSince + 2)}) == "1");
  CHECK(find({entry(1, kSince + 1), entry(2, kSince + 2)}, {"1"}) == "2");
  CHECK(find({entry(1, kSince + 1), carrying(entry(2, kSince + 2), kMessageId)}) == "2");
  CHECK(find(json::array({entry(1, kSince + 1, "Otra cosa")})).empty());
  CHECK(find(changed("message_type", 0)).empty());
  CHECK(find(changed("message_type", "outgoing")) == "1");
  CHECK(find(changed("private", true)).empty());
  CHECK(find(changed("created_at", "2026-11-20T15:04:06.000Z")) == "1");
  CHECK(find(changed("created_at", nullptr)).empty());
}

TEST_CASE("a conversation in Chatwoot is read page by page, back to the moment of the attempt") {
  Chatwoot chatwoot;
  chatwoot.server.answer(200, listed({entry(41, kSince + 50, "x"), entry(42, kSince + 60, "y")}));
  chatwoot.server.answer(200, listed({entry(38, kSince - 500, "x"), entry(39, kSince + 1)}));
  CHECK(chatwoot.find(text())->provider_message_id == "39");
  CHECK(chatwoot.server.seen().at(0).rfind("GET /api/v1/accounts/7/conversations/88/messages HTTP/1.1", 0) == 0);
  CHECK(chatwoot.server.seen().at(1).rfind("GET /api/v1/accounts/7/conversations/88/messages?before=41 HTTP/1.1", 0) ==
        0);

  for (int i = 0; i < 20; ++i) chatwoot.server.answer(200, listed(json::array({entry(41, kSince + 50, "x")})));
  CHECK_THROWS_AS(chatwoot.find(text()), Error);  // not looked at to the end: nobody may conclude that it is not there
}

TEST_CASE("a Chatwoot that cannot be asked is asked again later") {
  Chatwoot chatwoot;
  const auto code = [&]() -> Code {
    try {
      chatwoot.find(text());
    } catch (const Error& error) {
      return error.code();
    }
    return Code::kOk;
  };
  for (const int status : {401, 404, 429, 500}) {
    chatwoot.server.answer(status, "{}");
    CHECK(code() == Code::kUnavailable);
  }
  for (const auto* body : {"", "<html>", "[]", "{\"payload\":{}}"}) {
    chatwoot.server.answer(200, body);
    CHECK(code() == Code::kUnavailable);
  }
  chatwoot.server.hang_up();
  CHECK(code() == Code::kUnavailable);
}
