#include <catch2/catch.hpp>
#include <random>

#include "libs/http/test_socket.h"
#include "services/messaging-ingest/test_edge.h"

using namespace centralita;
using namespace centralita::ingest;

TEST_CASE("a signed message is on the bus, whole, when the provider hears 200") {
  Edge edge;
  const auto channel = twilio_channel();
  edge.accounts.put(channel);
  const auto answer = edge.twilio(channel, text_message("SM1", "¿Abren hoy?"));
  CHECK(answer.status == 200);
  CHECK_THAT(answer.headers.at("Content-Type"), Catch::StartsWith("text/xml"));

  const auto event = edge.heard(1)[0];
  CHECK(event.tenant_id == channel.tenant_id());
  const auto message = bus::parse<v1::InboundReceived>(event);
  CHECK(message.channel_id() == channel.channel().id());
  CHECK(message.provider_message_id() == "SM1");
  CHECK(message.content().body() == "¿Abren hoy?");
  CHECK(message.received_at().seconds() > 0);
  CHECK(message.raw().content_type() == "application/x-www-form-urlencoded");
  CHECK(message.raw().body() == format_form(text_message("SM1", "¿Abren hoy?")));
}

TEST_CASE("a status is on the bus as a report") {
  Edge edge;
  const auto channel = twilio_channel();
  edge.accounts.put(channel);
  const auto id = new_id();
  CHECK(edge.twilio("/webhooks/twilio/" + channel.channel().id() + "?messageId=" + id,
                    {{"MessageSid", "SM9"}, {"MessageStatus", "delivered"}, {"To", "whatsapp:+573005556677"}})
            .status == 200);
  const auto report = bus::parse<v1::DeliveryReported>(edge.heard(1)[0]);
  CHECK(report.channel_id() == channel.channel().id());
  CHECK(report.provider_message_id() == "SM9");
  CHECK(report.status() == v1::DELIVERED);
}

TEST_CASE("what is not for us to act on is accepted and goes no further") {
  Edge edge;
  const auto channel = chatwoot_channel();
  edge.accounts.put(channel);
  auto note = Json::parse(chatwoot_message(1));
  note["private"] = true;
  const auto path = "/webhooks/chatwoot/" + channel.channel().id();
  CHECK(edge.chatwoot(path, note.dump()).status == 200);
  CHECK(edge.chatwoot(path, chatwoot_message(2)).status == 200);
  CHECK(bus::parse<v1::InboundReceived>(edge.heard(1)[0]).provider_message_id() == "2");
}

TEST_CASE("only what is signed for this very channel is taken") {
  Edge edge;
  const auto channel = twilio_channel();
  edge.accounts.put(channel);
  CHECK(edge.twilio(channel, text_message("SM1"), "otro-token").status == 403);
  CHECK(edge.send("POST", "/webhooks/twilio/" + channel.channel().id(), format_form(text_message("SM1")),
                  {{"Content-Type", "application/x-www-form-urlencoded"}})
            .status == 403);
  const auto other = chatwoot_channel();
  edge.accounts.put(other);
  CHECK(edge.chatwoot("/webhooks/chatwoot/" + other.channel().id(), chatwoot_message(1), "otro").status == 403);
  CHECK(edge.heard().empty());
}

TEST_CASE("there is no channel under another's kind, an unknown or malformed id, or when it is disabled") {
  Edge edge;
  auto channel = twilio_channel();
  edge.accounts.put(channel);
  const auto& id = channel.channel().id();
  CHECK(edge.twilio("/webhooks/chatwoot/" + id, text_message("SM1")).status == 404);
  CHECK(edge.twilio("/webhooks/nadie/" + id, text_message("SM1")).status == 404);
  CHECK(edge.twilio("/webhooks/twilio/" + new_id(), text_message("SM1")).status == 404);
  CHECK(edge.twilio("/webhooks/twilio/..%2f%00", text_message("SM1")).status == 404);
  auto form = text_message("SM1");
  form[3].second = "whatsapp:+570000000000";
  CHECK(edge.twilio("/api/whatsapp/webhook", form).status == 404);

  auto disabled = twilio_channel();
  disabled.mutable_channel()->set_enabled(false);
  edge.accounts.put(disabled);
  CHECK(edge.twilio(disabled, text_message("SM1")).status == 404);
  CHECK(edge.heard().empty());
}

TEST_CASE("the paths of the requirements find the channel by number, and by account and inbox") {
  Edge edge;
  const auto whatsapp = twilio_channel();
  const auto chatwoot = chatwoot_channel();
  edge.accounts.put(whatsapp);
  edge.accounts.put(chatwoot);
  CHECK(edge.twilio("/api/whatsapp/webhook", text_message("SM1")).status == 200);
  CHECK(bus::parse<v1::InboundReceived>(edge.heard(1)[0]).channel_id() == whatsapp.channel().id());
  CHECK(edge.chatwoot("/api/webhooks/chatwoot", chatwoot_message(1)).status == 200);
  CHECK(bus::parse<v1::InboundReceived>(edge.heard(2)[1]).channel_id() == chatwoot.channel().id());
  CHECK(edge.twilio("/api/whatsapp/webhook", {{"Body", "¿para quién?"}}).status == 400);
  CHECK(edge.chatwoot("/api/webhooks/chatwoot", "{").status == 400);
  CHECK(edge.bus().dead_letters("").empty());
}

TEST_CASE("Chatwoot's paths say that we live") {
  Edge edge;
  for (const auto* path : {"/api/webhooks/chatwoot", "/webhooks/chatwoot/cualquiera"}) {
    const auto answer = edge.send("GET", path);
    CHECK(answer.status == 200);
    CHECK(Json::parse(answer.body)["status"] == "ok");
  }
}

TEST_CASE("a webhook that comes by GET is read from its query") {
  Edge edge;
  const auto channel = twilio_channel();
  edge.accounts.put(channel);
  const auto path = "/webhooks/twilio/" + channel.channel().id() + "?" + format_form(text_message("SM1"));
  const auto signature = to_base64(security::hmac_sha1(kToken, kPublicUrl + path));
  CHECK(edge.send("GET", path, "", {{"X-Twilio-Signature", signature}}).status == 200);
  CHECK(bus::parse<v1::InboundReceived>(edge.heard(1)[0]).provider_message_id() == "SM1");
}

TEST_CASE("a hundred equal webhooks at once are a hundred times accepted and say one fact") {
  Edge edge;
  const auto channel = twilio_channel();
  edge.accounts.put(channel);
  std::atomic<int> accepted{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 100; ++i)
      threads.emplace_back([&] { accepted += edge.twilio(channel, text_message("SM1")).status == 200; });
  }
  CHECK(accepted == 100);
  std::set<std::string> ids;
  for (const auto& event : edge.heard(100)) ids.insert(event.id);
  CHECK(ids.size() == 1);
}

TEST_CASE("while the bus is away nothing is accepted, and afterwards it is") {
  Edge edge;
  const auto channel = twilio_channel();
  edge.accounts.put(channel);
  REQUIRE(edge.twilio(channel, text_message("SM0")).status == 200);

  edge.database.cut_off();
  const auto refused = edge.twilio(channel, text_message("SM1"));
  CHECK(refused.status == 503);
  CHECK(refused.headers.at("Retry-After") == "5");
  edge.database.restore();
  REQUIRE(eventually([&] { return edge.twilio(channel, text_message("SM1")).status == 200; }));
  REQUIRE(eventually([&] {
    const auto events = edge.heard();
    return std::any_of(events.begin(), events.end(), [](const bus::Event& event) {
      return bus::parse<v1::InboundReceived>(event).provider_message_id() == "SM1";
    });
  }));
}

TEST_CASE("while accounts is away, channels that are known go on, and others wait") {
  Edge edge;
  const auto known = twilio_channel();
  auto unknown = twilio_channel();
  edge.accounts.put(known);
  edge.accounts.put(unknown);
  REQUIRE(edge.twilio(known, text_message("SM1")).status == 200);
  edge.accounts.stop();
  CHECK(edge.twilio(known, text_message("SM2")).status == 200);
  const auto refused = edge.twilio(unknown, text_message("SM3"));
  CHECK(refused.status == 503);
  CHECK(refused.headers.at("Retry-After") == "5");
  edge.accounts.start();
  CHECK(eventually([&] { return edge.twilio(unknown, text_message("SM3")).status == 200; }));
}

TEST_CASE(
    "credentials that changed are learnt from the first webhook that they sign; guessing costs accounts nothing") {
  Edge edge;
  auto channel = twilio_channel();
  edge.accounts.put(channel);
  REQUIRE(edge.twilio(channel, text_message("SM1")).status == 200);
  (*channel.mutable_credentials())["authToken"] = "token-nuevo";
  edge.accounts.put(channel);
  CHECK(edge.twilio(channel, text_message("SM2"), "token-nuevo").status == 200);
  CHECK(edge.twilio(channel, text_message("SM3")).status == 403);

  const int before = edge.accounts.asked;
  for (int i = 0; i < 50; ++i) CHECK(edge.twilio(channel, text_message("SM4"), "adivinado").status == 403);
  CHECK(edge.accounts.asked <= before + 1);
}

TEST_CASE("a signed webhook that cannot be read is refused, kept whole, and read when its parser is mended") {
  Edge edge;
  const auto channel = chatwoot_channel();
  edge.accounts.put(channel);
  const auto path = "/webhooks/chatwoot/" + channel.channel().id();
  const std::string body = R"({"event":"message_created","id":)";
  CHECK(edge.chatwoot(path, body).status == 400);
  CHECK(edge.chatwoot(path, body).status == 400);

  const auto letters = edge.bus().dead_letters("messaging.unread.v1");
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].group == "messaging-ingest");
  CHECK_FALSE(letters[0].reason.empty());
  CHECK(letters[0].event.tenant_id == channel.tenant_id());
  CHECK(bus::parse<v1::InboundUnread>(letters[0].event).raw().body() == body);

  SECTION("replayed too early it is a dead letter again") {
    edge.bus().replay(letters[0].id);
    CHECK(eventually([&] {
      const auto again = edge.bus().dead_letters("messaging.unread.v1");
      return std::any_of(again.begin(), again.end(), [](const bus::DeadLetter& letter) { return !letter.replayed; });
    }));
    CHECK(edge.heard().empty());
  }
  SECTION("what can be read by then is said, as of when it came") {
    v1::InboundUnread unread;
    unread.set_channel_id(channel.channel().id());
    unread.mutable_raw()->set_content_type("application/json");
    unread.mutable_raw()->set_body(chatwoot_message(5));
    auto event = bus::make_event(unread, Caller::service("messaging-ingest", channel.tenant_id(), Trace::start()));
    event.time -= 1h;
    edge.bus().bury(event, "messaging-ingest", "UNREADABLE");
    const auto all = edge.bus().dead_letters("messaging.unread.v1");
    edge.bus().replay(all.back().id);
    const auto message = bus::parse<v1::InboundReceived>(edge.heard(1)[0]);
    CHECK(message.provider_message_id() == "5");
    CHECK(message.received_at().seconds() ==
          std::chrono::duration_cast<std::chrono::seconds>(event.time.time_since_epoch()).count());
  }
}

TEST_CASE("a body that is too large is refused unread") {
  Edge edge;
  const auto channel = twilio_channel();
  edge.accounts.put(channel);
  const auto socket = http::testing::RawSocket::connect(edge.port());
  socket.write("POST /webhooks/twilio/" + channel.channel().id() +
               " HTTP/1.1\r\nHost: chat.example.com\r\nContent-Type: application/x-www-form-urlencoded\r\n"
               "Content-Length: 104857600\r\n\r\nBody=Hola");
  CHECK_THAT(socket.read_message(), Catch::StartsWith("HTTP/1.1 413"));
  CHECK(edge.twilio(channel, text_message("SM1", std::string(kMaxBody, 'a'))).status == 413);
  CHECK(edge.twilio(channel, text_message("SM2", std::string(kMaxBody / 2, 'a'))).status == 200);
}

TEST_CASE("signed or not, garbage gets an answer, and what comes after it is taken") {
  Edge edge;
  const auto twilio = twilio_channel();
  const auto chatwoot = chatwoot_channel();
  edge.accounts.put(twilio);
  edge.accounts.put(chatwoot);
  std::mt19937 random{20'261'121};
  const auto noise = [&](size_t size) {
    std::string bytes(size, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  };
  for (int i = 0; i < 200; ++i) {
    CAPTURE(i);
    auto form = text_message("SM" + std::to_string(i));
    form[random() % form.size()].second = noise(random() % 40);
    const auto status = edge.twilio(twilio, form).status;
    CHECK((status == 200 || status == 400));

    auto body = chatwoot_message(i);
    for (int j = 0; j < 3; ++j) body[random() % body.size()] = static_cast<char>(random());
    const auto said = edge.chatwoot("/webhooks/chatwoot/" + chatwoot.channel().id(), body).status;
    CHECK((said == 200 || said == 400));
    CHECK(edge.send("POST", "/api/webhooks/chatwoot", noise(random() % 200)).status == 400);
  }
  CHECK(edge.chatwoot("/api/webhooks/chatwoot", std::string(20'000, '[')).status == 400);

  // Whoever hears what was accepted can read it.
  CHECK(edge.twilio(twilio, text_message("SM-fin")).status == 200);
  REQUIRE(eventually([&] {
    const auto events = edge.heard();
    return std::any_of(events.begin(), events.end(), [&](const bus::Event& event) {
      return event.type == v1::InboundReceived::descriptor()->full_name() &&
             bus::parse<v1::InboundReceived>(event).provider_message_id() == "SM-fin";
    });
  }));
  for (const auto& event : edge.heard())
    if (event.type == v1::InboundReceived::descriptor()->full_name())
      CHECK(is_text(bus::parse<v1::InboundReceived>(event).content().body()));
}
