#include "libs/channels/chatwoot/webhook.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libs/channels/chatwoot/chatwoot.h"
#include "libs/channels/testing/testdata.h"

using namespace centralita;
using namespace centralita::channels;
using nlohmann::json;

namespace {

Channel inbox() {
  Channel channel;
  channel.id = "019a0000-0000-7000-8000-000000000147";
  channel.kind = "chatwoot";
  channel.region = "CO";
  channel.settings = {{"baseUrl", "https://chatwoot.example.com"}, {"accountId", "7"}, {"inboxId", "21"}};
  channel.credentials = {{"apiAccessToken", "token"}};
  return channel;
}

http::Request post(std::string body) {
  http::Request request;
  request.method = "POST";
  request.path = "/webhooks/chatwoot/019a0000-0000-7000-8000-000000000147";
  request.headers["Content-Type"] = "application/json";
  request.body = std::move(body);
  return request;
}

json read(const std::string& body) { return testing::read(chatwoot::adapter(), post(body), inbox()); }

const json kUnreadable{{"unreadable", true}};

}  // namespace

TEST_CASE("every kind of webhook of Chatwoot's says what it means") {
  const auto paths = testing::payloads("chatwoot", ".json");
  REQUIRE(paths.size() > 40);
  for (auto path : paths) {
    INFO(path);
    const auto body = testing::read_file(path);
    auto expected = json::parse(testing::read_file(path.replace_extension(".expected")));
    const auto address = chatwoot::adapter().address_of(post(body));
    CHECK(address.value_or("") == expected.value("address", ""));
    expected.erase("address");
    CHECK(read(body) == expected);
  }
}

TEST_CASE("hostile JSON is read or refused, and harms nobody") {
  CHECK(read(std::string(100'000, '[')) == kUnreadable);
  CHECK(read(std::string(100'000, '[') + std::string(100'000, ']')) == kUnreadable);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(read(objects + "1" + std::string(100'000, '}')) == kUnreadable);
  CHECK(read(R"({"event":"message_created","id":1e999})") == kUnreadable);
  CHECK(read(R"({"event":"message_created","id":)" + std::string(100'000, '9') + "}") == kUnreadable);
  CHECK(read(std::string("{\"event\":\"message_created\"\0}", 28)) == kUnreadable);
  CHECK(read(R"({"event":["message_created"]})") == kUnreadable);
  CHECK(read(R"({"event":"message_created"})") == kUnreadable);
  CHECK(read(R"({"event":"message_created","event":"otra_cosa"})") == json{{"ignored", "an event of another kind"}});
  CHECK(read(R"({"event":"[[[[","x":"\"[["})") == json{{"ignored", "an event of another kind"}});

  const auto good = json::parse(testing::read_file(testing::testdata("chatwoot") / "incoming_text.json"));
  const auto with = [&](const char* name, const json& value) {
    auto made = good;
    made[name] = value;
    return read(made.dump());
  };
  CHECK(with("message_type", "telepathy") == kUnreadable);
  // Whatever stands where something else belongs, the message is read without it or refused: never worse.
  const std::vector<json> oddities{nullptr,
                                   true,
                                   -1,
                                   1e300,
                                   "",
                                   "x",
                                   json::array(),
                                   json::object(),
                                   json::array({1, "x", json::object()}),
                                   18446744073709551615u,
                                   std::string(1 << 16, 'x')};
  for (const auto& [name, value] : good.items())
    for (const auto& oddity : oddities) {
      INFO(name << " is " << oddity.dump().substr(0, 40));
      CHECK(with(name.c_str(), oddity).size() == 1);
    }
  for (const auto& [name, value] : good["conversation"].items())
    for (const auto& oddity : oddities) {
      auto conversation = good["conversation"];
      conversation[name] = oddity;
      CHECK(with("conversation", conversation).size() == 1);
    }
  CHECK(with("content", std::string("a\0b", 3))["inbound"]["content"]["body"] ==
        "a\ufffd"
        "b");
  auto bytes = good.dump();
  bytes.replace(bytes.find("cita"), 4, "ci\xff\xfe");
  CHECK(read(bytes)["inbound"]["content"]["body"] == "¿Tienen ci\ufffd\ufffd para mañana?");
}

TEST_CASE("Chatwoot's signature is checked over timestamp and body, and grows old") {
  for (const auto& vector : testing::vectors("chatwoot")) {
    INFO(vector["name"]);
    auto request = post(vector["body"]);
    request.headers["X-Chatwoot-Timestamp"] = vector["timestamp"];
    request.headers["X-Chatwoot-Signature"] = vector["signature"];
    auto channel = inbox();
    channel.credentials["webhookSecret"] = vector["secret"];
    const auto now = Time(std::chrono::seconds(vector["now"].get<int64_t>()));
    CHECK(chatwoot::adapter().authentic(request, channel, now) == vector["valid"]);
    request.path = "/api/webhooks/chatwoot";
    CHECK(chatwoot::adapter().authentic(request, channel, now) == vector["valid"]);
  }
}

TEST_CASE("a Chatwoot that does not sign is believed only at the channel's own address") {
  auto request = post("{}");
  const auto authentic = [&] { return chatwoot::adapter().authentic(request, inbox(), Time{}); };
  CHECK(authentic());
  request.path = "/api/webhooks/chatwoot";
  CHECK_FALSE(authentic());
  request.path = "/webhooks/chatwoot/019a0000-0000-7000-8000-000000000148";
  CHECK_FALSE(authentic());
}

TEST_CASE("a channel of Chatwoot's is checked before it is kept") {
  const auto& adapter = chatwoot::adapter();
  CHECK_NOTHROW(adapter.check(inbox()));
  CHECK(adapter.address(inbox()) == "7/21");
  CHECK(adapter.medium(inbox()) == "chat");
  CHECK_FALSE(adapter.creates_customers());
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"baseUrl", "chatwoot.example.com"},
                                                                                    {"accountId", "siete"},
                                                                                    {"accountId", "07"},
                                                                                    {"inboxId", ""},
                                                                                    {"inboxId", "21/../22"}}) {
    auto channel = inbox();
    channel.settings[name] = value;
    INFO(name << " " << value);
    CHECK_THROWS_AS(adapter.check(channel), Error);
  }
  auto channel = inbox();
  channel.credentials["apiAccessToken"] = "token\r\nX-Otro: 1";
  CHECK_THROWS_AS(adapter.check(channel), Error);
}
