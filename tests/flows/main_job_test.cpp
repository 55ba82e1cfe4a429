#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "tests/support/suite.h"

using namespace centralita;
using namespace centralita::tests;
using namespace std::chrono_literals;

TEST_CASE("a customer's WhatsApp message is stored once, answered once, and its delivery is followed") {
  Suite suite;
  const auto business = suite.new_business();
  const auto agent = business.create_agent();
  business.create_knowledge("Horario", "Abrimos de lunes a viernes de 8:00 a 18:00.");
  const auto channel = suite.new_twilio_channel(business, agent["id"]);
  const auto phone = new_phone();

  channel.say(phone, "¿A qué hora abren?");

  eventually("the answer to be read at the provider", [&] {
    const auto messages = business.messages_with(phone);
    return messages.size() == 2 && messages[1]["status"] == "DELIVERED";
  });
  const auto messages = business.messages_with(phone);
  CHECK(messages[0]["direction"] == "INBOUND");
  CHECK(messages[0]["content"]["body"] == "¿A qué hora abren?");
  CHECK(messages[0]["seq"] == "1");
  CHECK(messages[1]["author"] == "AGENT");
  CHECK(messages[1]["content"]["body"] == "Abrimos de lunes a viernes de 8:00 a 18:00.");
  CHECK(suite.delivered_to(phone) == std::vector<std::string>{"Abrimos de lunes a viernes de 8:00 a 18:00."});

  const auto conversation = business.conversation_with(phone);
  CHECK(conversation["handler"] == "AI");
  CHECK(conversation["requiresAttention"] == false);
  CHECK(conversation["medium"] == "whatsapp");
  const auto customer = business.get("/v1/customers/" + conversation["customerId"].get<std::string>());
  CHECK(customer["name"] == "Cliente");
  CHECK(customer["lifecycle"] == "LEAD");
}

TEST_CASE("the webhook of the requirements finds its channel by the number written to") {
  Suite suite;
  const auto business = suite.new_business();
  const auto channel = suite.new_twilio_channel(business, business.create_agent()["id"]);
  const auto phone = new_phone();
  CHECK(channel.post_to("/api/whatsapp/webhook", channel.text_message(phone, "Hola")) == 200);
  eventually("the greeting", [&] { return suite.delivered_to(phone).size() == 1; });
  CHECK(suite.delivered_to(phone)[0] == "Hola, ¿en qué te ayudo?");
}

TEST_CASE("a hundred equal webhooks at once make one message and one answer") {
  Suite suite;
  const auto business = suite.new_business();
  const auto channel = suite.new_twilio_channel(business, business.create_agent()["id"]);
  const auto phone = new_phone();
  const auto form = channel.text_message(phone, "Hola");

  std::atomic<int> accepted{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 100; ++i) threads.emplace_back([&] { accepted += channel.post(form) == 200; });
  }
  CHECK(accepted == 100);
  eventually("the answer", [&] { return suite.delivered_to(phone).size() == 1; });

  // A message that follows is the second, and its answer the second: nothing of the hundred is still under way.
  channel.say(phone, "Buenas tardes");
  eventually("the second answer", [&] { return suite.delivered_to(phone).size() >= 2; });
  CHECK(suite.delivered_to(phone).size() == 2);
  const auto messages = business.messages_with(phone);
  CHECK(std::count_if(messages.begin(), messages.end(), [](const Json& m) { return m["direction"] == "INBOUND"; }) ==
        2);
}

TEST_CASE("a burst is answered once, after its last message") {
  Suite suite;
  const auto business = suite.new_business();
  const auto agent = business.create_agent({{"debounceMs", 700}});
  business.create_knowledge("Precios", "La limpieza cuesta 120.000 pesos.");
  const auto channel = suite.new_twilio_channel(business, agent["id"]);
  const auto phone = new_phone();
  for (const auto* text : {"Hola", "buenas", "una pregunta", "¿qué precio tiene la limpieza?"})
    channel.say(phone, text);

  eventually("the answer", [&] { return !suite.delivered_to(phone).empty(); });
  const auto turns = [&] {
    return business.get("/v1/conversations/" + business.conversation_with(phone)["id"].get<std::string>() +
                        "/turns")["turns"];
  };
  eventually("the turn to be on record", [&] { return !turns().empty(); });
  CHECK(suite.delivered_to(phone) == std::vector<std::string>{"La limpieza cuesta 120.000 pesos."});
  REQUIRE(turns().size() == 1);
  CHECK(turns()[0]["fromSeq"] == "1");
  CHECK(turns()[0]["toSeq"] == "4");
}

TEST_CASE("asking for a person silences the AI until the conversation is handed back") {
  Suite suite;
  const auto business = suite.new_business();
  business.create_knowledge("Horario", "Abrimos a las 8:00.");
  const auto channel = suite.new_twilio_channel(business, business.create_agent()["id"]);
  const auto phone = new_phone();

  channel.say(phone, "quiero hablar con una persona");
  eventually("the hand-over", [&] {
    const auto conversation = business.conversation_with(phone);
    return !conversation.is_null() && conversation["handler"] == "PERSON" && suite.delivered_to(phone).size() == 1;
  });
  CHECK(suite.delivered_to(phone)[0] == "Te paso con una persona.");
  CHECK(business.conversation_with(phone)["requiresAttention"] == true);

  channel.say(phone, "¿A qué hora abren?");
  eventually("the question to be stored", [&] { return business.messages_with(phone).size() == 3; });
  const auto id = business.conversation_with(phone)["id"].get<std::string>();
  business.post("/v1/conversations/" + id + ":handBack");
  channel.say(phone, "¿Y a qué hora abren?");
  eventually("the AI's answer", [&] { return suite.delivered_to(phone).size() == 2; });
  CHECK(suite.delivered_to(phone)[1] == "Abrimos a las 8:00.");
  CHECK(business.messages_with(phone).size() == 5);
}

TEST_CASE("a staff reply takes the conversation over from the AI") {
  Suite suite;
  const auto business = suite.new_business();
  const auto channel = suite.new_twilio_channel(business, business.create_agent()["id"]);
  const auto phone = new_phone();
  channel.say(phone, "Hola");
  eventually("the greeting", [&] { return suite.delivered_to(phone).size() == 1; });

  business.post("/api/whatsapp/send", {{"to", phone}, {"body", "Soy Ana, te ayudo yo."}});
  eventually("Ana's message", [&] { return suite.delivered_to(phone).size() == 2; });
  CHECK(business.conversation_with(phone)["handler"] == "PERSON");

  channel.say(phone, "Gracias");
  const auto other = new_phone();
  channel.say(other, "Hola");
  eventually("another customer's answer, written later", [&] { return suite.delivered_to(other).size() == 1; });
  CHECK(suite.delivered_to(phone) == std::vector<std::string>{"Hola, ¿en qué te ayudo?", "Soy Ana, te ayudo yo."});
}

TEST_CASE("a keyword chooses the agent, then the hours in the channel's zone, then the channel's default") {
  Suite suite;
  const auto business = suite.new_business();
  const auto day = business.create_agent({{"name", "Día"}, {"greeting", "Buenas, soy Día."}});
  // A window that lasts from an hour ago until the next hour, whatever the time of this test: overnight near midnight.
  const auto now =
      std::chrono::floor<std::chrono::minutes>(std::chrono::system_clock::now()) - 5h;  // Bogotá has no DST
  const auto hour = [&](std::chrono::hours shift) {
    const auto minutes =
        std::chrono::duration_cast<std::chrono::minutes>((now + shift).time_since_epoch()).count() % 1440;
    char text[16];
    std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
    return std::string(text);
  };
  const auto hours = [&](std::chrono::hours from, std::chrono::hours to) {
    return Json::array({{{"days", {1, 2, 3, 4, 5, 6, 7}}, {"from", hour(from)}, {"to", hour(to)}}});
  };
  business.create_agent({{"name", "Turno"}, {"greeting", "Buenas, soy Turno."}, {"activeHours", hours(-1h, 1h)}});
  business.create_agent({{"name", "Fuera"}, {"greeting", "Buenas, soy Fuera."}, {"activeHours", hours(2h, 3h)}});
  business.create_agent(
      {{"name", "Ventas"}, {"greeting", "x"}, {"fallback", "Soy Ventas."}, {"triggerKeywords", {"comprar"}}});
  const auto channel = suite.new_twilio_channel(business, day["id"]);

  const auto on_shift = new_phone();
  channel.say(on_shift, "Hola");
  const auto buyer = new_phone();
  channel.say(buyer, "Quiero COMPRAR algo");
  eventually("both answers",
             [&] { return suite.delivered_to(on_shift).size() == 1 && suite.delivered_to(buyer).size() == 1; });
  CHECK(suite.delivered_to(on_shift)[0] == "Buenas, soy Turno.");
  CHECK(suite.delivered_to(buyer)[0] == "Soy Ventas.");
}

TEST_CASE("one business's key opens nothing of another's") {
  Suite suite;
  const auto ours = suite.new_business("Nuestra");
  const auto theirs = suite.new_business("Ajena");
  const auto channel = suite.new_twilio_channel(ours, ours.create_agent()["id"]);
  const auto phone = new_phone();
  channel.say(phone, "Hola");
  eventually("the answer", [&] { return suite.delivered_to(phone).size() == 1; });
  const auto conversation = ours.conversation_with(phone);
  const auto id = conversation["id"].get<std::string>();

  CHECK(theirs.get("/v1/conversations")["conversations"].empty());
  for (const auto& path :
       {"/v1/conversations/" + id, "/v1/conversations/" + id + "/messages",
        "/v1/customers/" + conversation["customerId"].get<std::string>(), "/v1/channels/" + channel.id()}) {
    CAPTURE(path);
    CHECK(theirs.call("GET", path).status == 404);
  }
  CHECK(theirs.call("POST", "/v1/conversations/" + id + "/messages", R"({"body":"intruso"})").status == 404);
  CHECK(theirs.call("POST", "/v1/conversations/" + id + ":handOver", "{}").status == 404);
  CHECK(ours.conversation_with(phone)["handler"] == "AI");
}
