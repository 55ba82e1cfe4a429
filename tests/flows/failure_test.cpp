#include <catch2/catch.hpp>

#include "tests/support/suite.h"

using namespace centralita;
using namespace centralita::tests;
using namespace std::chrono_literals;

namespace {

/// A business whose agent answers with the simulated model.
struct ModelBusiness {
  explicit ModelBusiness(Suite& suite, int timeout_ms = 500)
      : business(suite.new_business()),
        channel(suite.new_twilio_channel(business, business.create_agent({{"responder", "MODEL"},
                                                                          {"model",
                                                                           {{"baseUrl", suite.provider_url() + "/v1"},
                                                                            {"model", "demo"},
                                                                            {"apiKey", "sk-demo"},
                                                                            {"timeoutMs", timeout_ms}}}})["id"])) {}
  Business business;
  TwilioChannel channel;
};

}  // namespace

TEST_CASE("a model answers as the agent that the business described") {
  Suite suite;
  ModelBusiness demo(suite);
  const auto phone = new_phone();
  suite.behave({{"provider", "openai"}, {"reply", "Con gusto, el viernes a las 10."}});
  demo.channel.say(phone, "¿Tienen cita el viernes?");
  eventually("the answer", [&] { return suite.delivered_to(phone).size() == 1; });
  CHECK(suite.delivered_to(phone)[0] == "Con gusto, el viernes a las 10.");
}

TEST_CASE(
    "a model that hangs, errs or talks nonsense is followed by the fallback, once, and somebody is asked to look") {
  const auto behaviour = GENERATE(values<Json>({{{"mode", "hang"}},
                                                {{"mode", "status"}, {"status", 500}},
                                                {{"mode", "status"}, {"status", 429}},
                                                {{"mode", "garbage"}},
                                                {{"mode", "empty"}}}));
  CAPTURE(behaviour.dump());
  Suite suite;
  ModelBusiness demo(suite);
  auto whole = behaviour;
  whole["provider"] = "openai";
  suite.behave(whole);
  const auto phone = new_phone();
  demo.channel.say(phone, "¿Tienen cita el viernes?");
  eventually(
      "the fallback", [&] { return suite.delivered_to(phone).size() == 1; }, 60s);
  eventually("the flag", [&] { return demo.business.conversation_with(phone)["requiresAttention"] == true; });
  CHECK(suite.delivered_to(phone) == std::vector<std::string>{"No tengo ese dato."});
}

TEST_CASE("a model that rambles is cut to what a message can carry") {
  Suite suite;
  ModelBusiness demo(suite, 5'000);
  suite.behave({{"provider", "openai"}, {"mode", "ramble"}});
  const auto phone = new_phone();
  demo.channel.say(phone, "Cuéntame todo");
  eventually("an answer", [&] { return suite.delivered_to(phone).size() == 1; });
  CHECK(suite.delivered_to(phone)[0].size() <= 1'600);
}

TEST_CASE("a provider that accepts and hangs up has the message once, and we know it") {
  Suite suite;
  const auto business = suite.new_business();
  const auto channel = suite.new_twilio_channel(business, business.create_agent()["id"]);
  suite.behave({{"provider", "twilio"}, {"mode", "hang_up_after_accepting"}, {"count", 1}});
  const auto phone = new_phone();
  channel.say(phone, "Hola");
  eventually("the delivery to be known", [&] {
    const auto messages = business.messages_with(phone);
    return messages.size() == 2 && messages[1]["status"] != "QUEUED";
  });
  CHECK(suite.delivered_to(phone).size() == 1);
  CHECK_FALSE(business.messages_with(phone)[1]["providerMessageId"].get<std::string>().empty());
}

TEST_CASE("a provider that is busy or broken for a while gets every message later, in order") {
  const auto status = GENERATE(429, 500, 503);
  Suite suite;
  const auto business = suite.new_business();
  const auto channel = suite.new_twilio_channel(business, business.create_agent()["id"]);
  const auto phone = new_phone();
  channel.say(phone, "Hola");
  eventually("the greeting", [&] { return suite.delivered_to(phone).size() == 1; });

  suite.behave({{"provider", "twilio"}, {"mode", "status"}, {"status", status}, {"count", 2}});
  for (const auto* text : {"uno", "dos", "tres"}) business.post("/api/whatsapp/send", {{"to", phone}, {"body", text}});
  eventually(
      "all three", [&] { return suite.delivered_to(phone).size() == 4; }, 60s);
  CHECK(suite.delivered_to(phone) == std::vector<std::string>{"Hola, ¿en qué te ayudo?", "uno", "dos", "tres"});
}

TEST_CASE("a message that the provider refuses for good is failed, with a reason that a person understands") {
  Suite suite;
  const auto business = suite.new_business();
  const auto channel = suite.new_twilio_channel(business, business.create_agent()["id"]);
  const auto phone = new_phone();
  suite.behave({{"provider", "twilio"}, {"mode", "status"}, {"status", 400}, {"count", 1}});
  business.post("/api/whatsapp/send", {{"to", phone}, {"body", "Hola"}});
  eventually("the failure", [&] {
    const auto messages = business.messages_with(phone);
    return messages.size() == 1 && messages[0]["status"] == "FAILED";
  });
  CHECK_FALSE(business.messages_with(phone)[0]["failure"]["reason"].get<std::string>().empty());
  CHECK(business.conversation_with(phone)["requiresAttention"] == true);
}

TEST_CASE("a model's slow answer to one customer does not keep another waiting") {
  Suite suite;
  ModelBusiness slow(suite, 20'000);
  const auto quick_business = suite.new_business();
  const auto quick = suite.new_twilio_channel(quick_business, quick_business.create_agent()["id"]);
  suite.behave({{"provider", "openai"}, {"mode", "hang"}});
  std::vector<std::string> waiting;
  for (int i = 0; i < 40; ++i) slow.channel.say(waiting.emplace_back(new_phone()), "¿Hay cita?");
  const auto phone = new_phone();
  quick.say(phone, "Hola");
  eventually(
      "the quick answer", [&] { return suite.delivered_to(phone).size() == 1; }, 5s);
  for (const auto& other : waiting) CHECK(suite.delivered_to(other).empty());

  suite.behave({{"provider", "openai"}, {"mode", "ok"}});
  eventually("the others, once the model is back", [&] {
    return std::all_of(waiting.begin(), waiting.end(),
                       [&](const std::string& other) { return suite.delivered_to(other).size() == 1; });
  });
}
