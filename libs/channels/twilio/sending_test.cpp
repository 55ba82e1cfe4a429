#include "libs/channels/twilio/sending.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/channels/testing/scripted_server.h"

using namespace centralita;
using namespace centralita::channels;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string kMessageId = "01939a2e-7b1c-7d40-8a11-5c0f3e9b1470";

http::Client& client() {
  static http::Client instance(http::ClientOptions{.allow_private_addresses = true});
  return instance;
}

/// A WhatsApp number at a Twilio that does as it is told.
struct Twilio {
  testing::ScriptedServer server;
  Channel channel;

  Twilio() {
    channel.settings = {{"accountSid", "AC147"}, {"address", "whatsapp:+573005550100"}, {"apiBaseUrl", server.url()}};
    channel.credentials = {{"authToken", "clave"}};
    channel.webhook_path = "/webhooks/twilio/ch-147";
  }

  SendResult send(const Outgoing& message) { return twilio::send(client(), channel, message); }
  Sent sent(const Outgoing& message) {
    server.answer(201, R"({"sid":"SM147","status":"queued","error_code":null})");
    const auto result = send(message);
    REQUIRE(std::holds_alternative<Sent>(result));
    return std::get<Sent>(result);
  }
  /// The fields of the last request.
  Form form() const {
    const auto request = server.seen().back();
    return parse_form(std::string_view(request).substr(request.find("\r\n\r\n") + 4));
  }
  std::vector<std::string> fields(const std::string& name) const {
    std::vector<std::string> values;
    for (const auto& [field, value] : form())
      if (field == name) values.push_back(value);
    return values;
  }
};

Outgoing text(const std::string& body = "Sí, a las diez.") {
  Outgoing message;
  message.message_id = kMessageId;
  message.recipient = "whatsapp:+573105550147";
  message.content.set_body(body);
  return message;
}

using Values = std::vector<std::string>;

}  // namespace

TEST_CASE("a message is handed to Twilio with the account's credentials") {
  Twilio twilio;
  auto message = text("¿Te sirve? 1 + 1 & más");
  message.public_url = "https://chat.example.com";
  const auto sent = twilio.sent(message);
  CHECK(sent.provider_message_id == "SM147");
  CHECK(sent.status == messaging::v1::SENT);
  const auto request = twilio.server.seen().at(0);
  CHECK(request.rfind("POST /2010-04-01/Accounts/AC147/Messages.json HTTP/1.1\r\n", 0) == 0);
  CHECK(request.find("Authorization: Basic " + to_base64("AC147:clave") + "\r\n") != std::string::npos);
  CHECK(twilio.form() ==
        Form{{"To", "whatsapp:+573105550147"},
             {"From", "whatsapp:+573005550100"},
             {"Body", "¿Te sirve? 1 + 1 & más"},
             {"StatusCallback", "https://chat.example.com/webhooks/twilio/ch-147?messageId=" + kMessageId}});
}

TEST_CASE("an API key and a messaging service take the place of token and number") {
  Twilio twilio;
  twilio.channel.settings["messagingServiceSid"] = "MG147";
  twilio.channel.credentials["apiKeySid"] = "SK147";
  twilio.channel.credentials["apiKeySecret"] = "secreto";
  twilio.sent(text());
  CHECK(twilio.server.seen()[0].find(to_base64("SK147:secreto")) != std::string::npos);
  CHECK(twilio.fields("MessagingServiceSid") == Values{"MG147"});
  CHECK(twilio.fields("From").empty());
}

TEST_CASE("files and places travel as Twilio wants them") {
  Twilio twilio;
  auto message = text("");
  message.content.add_attachments()->set_url("https://chat.example.com/f/1.pdf");
  message.content.add_attachments()->set_url("https://chat.example.com/f/2.pdf");
  twilio.sent(message);
  CHECK(twilio.fields("MediaUrl") == Values{"https://chat.example.com/f/1.pdf", "https://chat.example.com/f/2.pdf"});
  CHECK(twilio.fields("Body").empty());

  message = text("");
  message.content.mutable_location()->set_latitude(4.676512);
  message.content.mutable_location()->set_longitude(-74.048103);
  message.content.mutable_location()->set_name("La clínica");
  twilio.sent(message);
  CHECK(twilio.fields("PersistentAction") == Values{"geo:4.676512,-74.048103|La clínica"});
  CHECK(twilio.fields("Body") == Values{"La clínica"});
}

TEST_CASE("a customer without a phone number, or told without prefix, is written to by WhatsApp all the same") {
  Twilio twilio;
  auto message = text();
  message.recipient = "whatsapp:CO.10147200300400";
  twilio.sent(message);
  CHECK(twilio.fields("To") == Values{"whatsapp:CO.10147200300400"});
  message.recipient = "+573105550147";
  twilio.sent(message);
  CHECK(twilio.fields("To") == Values{"whatsapp:+573105550147"});
  twilio.channel.settings["address"] = "+14155550100";
  twilio.sent(message);
  CHECK(twilio.fields("To") == Values{"+573105550147"});
}

TEST_CASE("Twilio is asked to call back only where it can") {
  Twilio twilio;
  auto message = text();
  const auto callback = [&](const std::string& public_url, const std::string& setting) {
    message.public_url = public_url;
    twilio.channel.settings["publicUrl"] = setting;
    twilio.sent(message);
    const auto values = twilio.fields("StatusCallback");
    return values.empty() ? "" : values[0];
  };
  const auto id = "messageId=" + kMessageId;
  CHECK(callback("", "").empty());
  CHECK(callback("https://mi_host.example.com", "").empty());
  CHECK(callback("chat.example.com", "").empty());
  CHECK(callback("https://chat.example.com/", "https://otro.example.com") ==
        "https://chat.example.com/webhooks/twilio/ch-147?" + id);
  CHECK(callback("", "https://chat.example.com") == "https://chat.example.com/webhooks/twilio/ch-147?" + id);
  CHECK(callback("", "https://chat.example.com/hooks/wa") == "https://chat.example.com/hooks/wa?" + id);
  CHECK(callback("", "https://chat.example.com/hooks/wa?x=1") == "https://chat.example.com/hooks/wa?x=1&" + id);
}

TEST_CASE("what Twilio would refuse is not sent") {
  Twilio twilio;
  const auto code = [&](const Outgoing& message) { return std::get<Rejected>(twilio.send(message)).code; };
  std::string longest;
  for (int i = 0; i < 1600; ++i) longest += "ñ";
  twilio.sent(text(longest));
  CHECK(code(text(longest + "a")) == "BODY_TOO_LONG");
  CHECK(code(text("")) == "EMPTY_MESSAGE");
  auto message = text();
  for (int i = 0; i < 11; ++i) message.content.add_attachments()->set_url("https://chat.example.com/f");
  CHECK(code(message) == "TOO_MANY_FILES");
  message = text();
  message.recipient.clear();
  CHECK(code(message) == "21211");
  CHECK(twilio.server.seen().size() == 1);
}

TEST_CASE("how Twilio answers decides what becomes of the message") {
  Twilio twilio;
  const auto send = [&](int status, const std::string& body, const std::string& headers = "") {
    twilio.server.answer(status, body, headers);
    return twilio.send(text());
  };
  SECTION("refused for good") {
    const auto refused = std::get<Rejected>(send(400, R"({"code":21614,"message":"no","status":400})"));
    CHECK(refused.code == "21614");
    CHECK(refused.reason == "El número del destinatario no es un móvil.");
    CHECK(std::get<Rejected>(send(401, R"({"code":20003,"message":"Authenticate"})")).code == "20003");
    CHECK_THAT(std::get<Rejected>(send(403, "")).reason, Catch::Contains("credenciales"));
    CHECK(std::get<Rejected>(send(404, "<html>nada</html>")).code == "HTTP_404");
    CHECK(std::get<Rejected>(send(302, "", "Location: https://otro.example.com/\r\n")).code == "HTTP_302");
    CHECK_THAT(std::get<Rejected>(send(400, R"({"code":81147})")).reason, Catch::Contains("81147"));
  }
  SECTION("not now") {
    const auto later = std::get<Postponed>(send(429, R"({"code":20429})", "Retry-After: 7\r\n"));
    CHECK(later.retry_after == std::chrono::milliseconds(7s));
    CHECK_FALSE(std::get<Postponed>(send(429, "demasiado")).retry_after);
    CHECK(std::holds_alternative<Postponed>(send(400, R"({"code":63018})")));
    CHECK(std::holds_alternative<Postponed>(send(400, R"({"code":"20429"})")));
  }
  SECTION("nobody knows") {
    for (const auto* body : {"", "<html>", "{}", "[]", "{\"sid\":null}", "{\"sid\":{}}", "\"SM147\"", "{\"sid\":\"\"}"})
      CHECK(std::holds_alternative<Uncertain>(send(201, body)));
    CHECK(std::holds_alternative<Uncertain>(send(201, std::string(100'000, '['))));
    CHECK(std::holds_alternative<Uncertain>(send(500, R"({"code":20500})")));
    CHECK(std::holds_alternative<Uncertain>(send(503, "", "Retry-After: 7\r\n")));
    twilio.server.hang_up();
    CHECK(std::holds_alternative<Uncertain>(twilio.send(text())));
  }
  SECTION("not reached") {
    {
      testing::ScriptedServer gone;
      twilio.channel.settings["apiBaseUrl"] = gone.url();
    }
    CHECK(std::holds_alternative<Postponed>(twilio.send(text())));
    http::Client guarded;
    CHECK(std::get<Rejected>(twilio::send(guarded, twilio.channel, text())).code == "ADDRESS_FORBIDDEN");
  }
}

namespace {

const auto kSince = Time(std::chrono::sys_days(std::chrono::year{2026} / 11 / 20) + 15h);

json entry(const std::string& sid, const std::string& created, const std::string& body = "Sí, a las diez.") {
  return {{"sid", sid},
          {"direction", "outbound-api"},
          {"from", "whatsapp:+573005550100"},
          {"to", "whatsapp:+573105550147"},
          {"body", body},
          {"num_media", "0"},
          {"status", "delivered"},
          {"messaging_service_sid", nullptr},
          {"date_created", "Fri, 20 Nov 2026 " + created + " +0000"}};
}

std::string listed(const json& entries, const json& next = nullptr) {
  return json{{"messages", entries}, {"next_page_uri", next}}.dump();
}

}  // namespace

TEST_CASE("a message whose fate nobody knows is found at Twilio, or certainly not there") {
  Twilio twilio;
  const auto find = [&](const json& entries, const std::set<std::string>& known = {}) {
    twilio.server.answer(200, listed(entries));
    const auto found = twilio::find_sent(client(), twilio.channel, text(), kSince, known);
    return found ? found->provider_message_id : "";
  };
  const auto changed = [](const char* name, const json& value) {
    auto made = entry("SM1", "15:00:01");
    made[name] = value;
    return json::array({made});
  };
  CHECK(find(json::array()).empty());
  CHECK(find(json::array({entry("SM1", "15:00:01")})) == "SM1");
  CHECK(twilio.server.seen().back().rfind("GET /2010-04-01/Accounts/AC147/Messages.json?To=whatsapp%3A%2B573105550147&",
                                          0) == 0);
  CHECK(find(json::array({entry("SM1", "14:59:58")})) == "SM1");
  CHECK(find(json::array({entry("SM1", "14:50:00")})).empty());
  CHECK(find(json::array({entry("SM3", "15:00:30"), entry("SM2", "15:00:20"), entry("SM1", "15:00:10")})) == "SM1");
  CHECK(find(json::array({entry("SM3", "15:00:30"), entry("SM2", "15:00:20"), entry("SM1", "15:00:10")}), {"SM1"}) ==
        "SM2");
  CHECK(find(json::array({entry("SM1", "15:00:01", "Otra cosa")})).empty());
  CHECK(find(json::array({entry("SM1", "15:00:01", "Sent from your Twilio trial account - Sí, a las diez.")})) ==
        "SM1");
  CHECK(find(changed("direction", "inbound")).empty());
  CHECK(find(changed("from", "whatsapp:+573005550199")).empty());
  CHECK(find(changed("to", "whatsapp:+573105550199")).empty());
  CHECK(find(changed("num_media", "1")).empty());
  CHECK(find(changed("date_created", "ayer")).empty());
  CHECK(find(changed("date_created", "Fri, 20 Nov 2026 10:00:01 -0500")) == "SM1");
  twilio.channel.settings["messagingServiceSid"] = "MG147";
  CHECK(find(changed("messaging_service_sid", "MG147")) == "SM1");

  auto failed = entry("SM1", "15:00:01");
  failed["status"] = "undelivered";
  twilio.server.answer(200, listed(json::array({failed})));
  CHECK(twilio::find_sent(client(), twilio.channel, text(), kSince, {})->status == messaging::v1::FAILED);
}

TEST_CASE("Twilio's list is read page by page, back to the moment of the attempt") {
  Twilio twilio;
  const auto find = [&] { return twilio::find_sent(client(), twilio.channel, text(), kSince, {}); };
  twilio.server.answer(200, listed(json::array({entry("SM9", "15:10:00", "Otra cosa")}), "/2010-04-01/pagina?Page=1"));
  twilio.server.answer(
      200, listed(json::array({entry("SM1", "15:00:01"), entry("SM0", "14:00:00")}), "/2010-04-01/pagina?Page=2"));
  CHECK(find()->provider_message_id == "SM1");
  CHECK(twilio.server.seen().at(1).rfind("GET /2010-04-01/pagina?Page=1 HTTP/1.1", 0) == 0);
  CHECK(twilio.server.seen().size() == 2);

  for (int i = 0; i < 10; ++i)
    twilio.server.answer(200, listed(json::array({entry("SM9", "15:10:00", "Otra cosa")}), "/2010-04-01/pagina"));
  CHECK_THROWS_AS(find(), Error);  // not looked at to the end: nobody may conclude that it is not there
  twilio.server.answer(200, listed(json::array({entry("SM9", "15:10:00", "x")}), "https://otro.example.com/"));
  CHECK_THROWS_AS(find(), Error);
}

TEST_CASE("a Twilio that cannot be asked is asked again later") {
  Twilio twilio;
  const auto code = [&]() -> Code {
    try {
      twilio::find_sent(client(), twilio.channel, text(), kSince, {});
    } catch (const Error& error) {
      return error.code();
    }
    return Code::kOk;
  };
  for (const int status : {401, 404, 429, 500}) {
    twilio.server.answer(status, "{}");
    CHECK(code() == Code::kUnavailable);
  }
  for (const auto* body : {"", "<html>", "[]", "{\"messages\":{}}", "{\"messages\":"}) {
    twilio.server.answer(200, body);
    CHECK(code() == Code::kUnavailable);
  }
  twilio.server.hang_up();
  CHECK(code() == Code::kUnavailable);
}
