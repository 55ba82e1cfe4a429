#include "services/agent-orchestrator/turns/service.h"

#include <set>

#include "centralita/agents/v1/events.pb.h"
#include "libs/text/zone.h"
#include "services/agent-orchestrator/testing/house.h"
#include "services/agent-orchestrator/testing/model_server.h"

using namespace centralita;
using namespace centralita::agents;
using namespace std::chrono_literals;
using testing::eventually;
using testing::House;
using testing::ModelServer;
using Texts = std::vector<std::string>;
using Conversation = conversations::v1::Conversation;

namespace {

v1::TurnDue due(const std::string& conversation_id) {
  v1::TurnDue due;
  due.set_conversation_id(conversation_id);
  return due;
}

v1::Agent create_model_agent(House& house, const v1::Model& model) {
  return house.create_agent([&](v1::Agent& agent) {
    agent.set_responder(v1::Agent::MODEL);
    *agent.mutable_model() = model;
  });
}

/// An agent that takes its turns after everybody who has written in the meantime: when this one is answered, nothing is
/// under way for the others that came before.
void let_another_customer_be_answered(House& house) {
  const auto other = house.open();
  house.say(other, "hola");
  eventually("the other customer's answer", [&] { return !house.conversations.answers(other).empty(); });
}

}  // namespace

TEST_CASE("a question is answered from what the business knows, and the turn is on record") {
  House house;
  const auto agent = house.create_agent();
  const auto entry = house.know("Horario", "Abrimos de lunes a sábado de 9:00 a 19:00.");
  const auto talk = house.open();
  house.say(talk, "¿A qué hora abren?");
  const auto turn = house.turn(talk);
  CHECK(house.conversations.answers(talk) == Texts{"Abrimos de lunes a sábado de 9:00 a 19:00."});
  CHECK(turn.outcome() == v1::Turn::ANSWERED);
  CHECK(turn.agent_id() == agent.id());
  CHECK(turn.prompt_version() == 1);
  CHECK(turn.message_id() == house.conversations.thread(talk).messages.back().id());
  CHECK(turn.from_seq() == 1);
  CHECK(turn.to_seq() == 1);
  REQUIRE(turn.knowledge_ids_size() == 1);
  CHECK(turn.knowledge_ids(0) == entry.id());
  CHECK_FALSE(house.conversations.thread(talk).conversation.requires_attention());
}

TEST_CASE("a greeting is greeted back; what nobody knows gets the fallback and somebody is asked to look") {
  House house;
  house.create_agent();
  const auto polite = house.open();
  house.say(polite, "¡Buenos días!");
  CHECK(house.turn(polite).outcome() == v1::Turn::ANSWERED);
  CHECK(house.conversations.answers(polite) == Texts{"Hola, soy Sol."});

  const auto curious = house.open();
  house.say(curious, "¿Venden llantas?");
  const auto turn = house.turn(curious);
  CHECK(turn.outcome() == v1::Turn::FELL_BACK);
  CHECK_FALSE(turn.error().empty());
  CHECK(house.conversations.answers(curious) == Texts{"No tengo ese dato."});
  CHECK(house.conversations.thread(curious).conversation.requires_attention());
}

TEST_CASE("an agent without words of its own answers in the customer's language") {
  House house;
  house.create_agent([](v1::Agent& agent) {
    agent.clear_greeting();
    agent.clear_fallback();
  });
  const auto talk = house.open();
  house.say(talk, "Hello there!");
  house.turn(talk, 1);
  house.say(talk, "Do you sell tyres?");
  house.turn(talk, 2);
  const auto answers = house.conversations.answers(talk);
  CHECK(answers[0].starts_with("Hello!"));
  CHECK(answers[1].starts_with("I don't have"));
}

TEST_CASE("a burst is answered once, after its last message") {
  House house;
  house.create_agent([](v1::Agent& agent) { agent.set_debounce_ms(400); });
  house.know("Limpieza", "La limpieza cuesta 120.000 pesos.");
  const auto talk = house.open();
  for (const auto* text : {"Hola", "buenas", "una pregunta", "es sobre", "¿cuánto cuesta la limpieza?"})
    house.say(talk, text);
  const auto turn = house.turn(talk);
  CHECK(turn.from_seq() == 1);
  CHECK(turn.to_seq() == 5);
  CHECK(house.conversations.answers(talk) == Texts{"La limpieza cuesta 120.000 pesos."});
}

TEST_CASE("a burst that does not end is answered all the same") {
  House house(House::Settings{{"agents.longest_wait", "300ms"}});
  house.create_agent([](v1::Agent& agent) { agent.set_debounce_ms(250); });
  const auto talk = house.open();
  eventually("an answer amid the burst", [&] {
    house.say(talk, "hola");
    return !house.conversations.answers(talk).empty();
  });
}

TEST_CASE("asking for a person gets the hand-over message, then a person, and then silence") {
  House house;
  house.create_agent();
  const auto talk = house.open();
  house.say(talk, "quiero hablar con una persona");
  const auto turn = house.turn(talk);
  CHECK(turn.outcome() == v1::Turn::HANDED_OVER);
  CHECK(house.conversations.thread(talk).conversation.handler() == Conversation::PERSON);

  house.say(talk, "hola");
  let_another_customer_be_answered(house);
  house.conversations.hand_to(talk, Conversation::AI);
  house.say(talk, "¿hola?");
  CHECK(house.turn(talk, 2).from_seq() == 4);
  CHECK(house.conversations.answers(talk) == Texts{"Te paso con una persona.", "Hola, soy Sol."});
}

TEST_CASE("without an enabled agent nobody answers, and somebody is asked to look") {
  House house;
  house.create_agent([](v1::Agent& agent) { agent.set_enabled(false); });
  const auto talk = house.open();
  house.say(talk, "hola");
  const auto turn = house.turn(talk);
  CHECK(turn.outcome() == v1::Turn::HELD_BACK);
  CHECK(turn.agent_id().empty());
  CHECK(house.conversations.answers(talk).empty());
  CHECK(house.conversations.thread(talk).conversation.requires_attention());
}

TEST_CASE("a keyword beats the hours, the hours beat the channel's agent") {
  House house;
  const auto named = [&](
                         const std::string& name, const std::function<void(v1::Agent&)>& change = [](auto&) {}) {
    return house.create_agent([&](v1::Agent& agent) {
      agent.set_greeting("Soy " + name + ".");
      agent.set_fallback("No sé, dice " + name + ".");
      change(agent);
    });
  };
  named("Primero");
  house.directory.channel.set_default_agent_id(named("Canal").id());
  named("Citas", [](auto& agent) { agent.add_trigger_keywords("cita"); });
  const auto talk = house.open();
  house.say(talk, "hola");
  house.turn(talk, 1);

  named("Noche", [](auto& agent) {
    const auto now = text::local_time(SystemClock().now(), "America/Bogota").minute;
    const auto clock = [](int minute) {
      char text[16];
      std::snprintf(text, sizeof text, "%02d:%02d", minute / 60 % 24, minute % 60);
      return std::string(text);
    };
    auto& hours = *agent.add_active_hours();
    for (int day = 1; day <= 7; ++day) hours.add_days(day);
    hours.set_from(clock(now + 23 * 60));
    hours.set_to(clock(now + 60));
  });
  house.say(talk, "hola");
  house.turn(talk, 2);
  house.say(talk, "quisiera una cita");
  house.turn(talk, 3);
  CHECK(house.conversations.answers(talk) == Texts{"Soy Canal.", "Soy Noche.", "No sé, dice Citas."});
}

TEST_CASE("a model answers with the agent's prompt, the knowledge and what was said before") {
  House house;
  ModelServer server([](const auto&, int) { return ModelServer::say("<think>mmm</think>Con gusto."); });
  house.know("Horario", "Abrimos a las 9.");
  create_model_agent(house, server.model());
  const auto talk = house.open();
  house.say(talk, "¿A qué hora abren?");
  const auto turn = house.turn(talk, 1);
  CHECK(turn.outcome() == v1::Turn::ANSWERED);
  CHECK(turn.prompt_tokens() == 11);
  CHECK(turn.completion_tokens() == 5);
  CHECK(turn.knowledge_ids_size() == 1);
  house.say(talk, "¿y el domingo?");
  house.turn(talk, 2);
  CHECK(house.conversations.answers(talk) == Texts{"Con gusto.", "Con gusto."});
  const auto messages = server.requests().at(1)["messages"];
  CHECK(messages[0]["content"].get<std::string>().find("Abrimos a las 9.") != std::string::npos);
  CHECK(messages.back()["content"] == "¿y el domingo?");
  CHECK(messages.size() == 4);
  CHECK(server.authorizations() == std::set<std::string>{"Bearer sk-secreta"});
}

TEST_CASE("a model that fails or talks nonsense is followed by the fallback, once, and somebody is asked to look") {
  const auto response = GENERATE(
      http::text_response(500, "text/plain", "boom"), http::text_response(429, "text/plain", ""),
      http::text_response(200, "text/html", "<html><body>Hola</body></html>"),
      http::text_response(200, "text/plain", ""), ModelServer::say(""), ModelServer::say("<|im_start|>assistant"),
      ModelServer::say("ja ja ja ja ja ja ja ja ja ja ja"),
      http::text_response(200, "application/json",
                          R"({"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]})"));
  CAPTURE(response.status, response.body);
  House house;
  ModelServer server([&](const auto&, int) {
    auto copy = response;
    copy.headers["retry-after-ms"] = "1";
    return copy;
  });
  create_model_agent(house, server.model());
  const auto talk = house.open();
  house.say(talk, "¿Tienen cita el viernes?");
  const auto turn = house.turn(talk);
  CHECK(turn.outcome() == v1::Turn::FELL_BACK);
  CHECK_FALSE(turn.error().empty());
  CHECK(house.conversations.answers(talk) == Texts{"No tengo ese dato."});
  CHECK(house.conversations.thread(talk).conversation.requires_attention());
}

TEST_CASE("a model that hangs is followed by the fallback") {
  House house(House::Settings{{"agents.turn_budget", "400ms"}});
  ModelServer server([](const auto&, int) { return ModelServer::say("tarde"); });
  server.hang();
  create_model_agent(house, server.model());
  const auto talk = house.open();
  house.say(talk, "¿Tienen cita el viernes?");
  CHECK(house.turn(talk).outcome() == v1::Turn::FELL_BACK);
  CHECK(house.conversations.answers(talk) == Texts{"No tengo ese dato."});
}

TEST_CASE("a model's key that cannot be opened any more is no reason for silence") {
  House house;
  ModelServer server([](const auto&, int) { return ModelServer::say("Hola."); });
  const auto agent = create_model_agent(house, server.model());
  {
    pg::Tx tx{*house.host().database().pool, house.staff.tenant_id};
    auto stored = find_agent(tx, agent.id());
    stored->sealed_key = "otra:clave";
    update_agent(tx, *stored);
    tx.commit();
  }
  const auto talk = house.open();
  house.say(talk, "hola");
  CHECK(house.turn(talk).outcome() == v1::Turn::FELL_BACK);
  CHECK(house.conversations.answers(talk) == Texts{"No tengo ese dato."});
}

TEST_CASE("a turn that broke off after its message was sent sends no second one") {
  House house;
  house.create_agent();
  const auto talk = house.open();
  std::atomic<int> attempts{0};
  house.conversations.after_send = [&] {
    if (++attempts <= 4) throw Error(Code::kUnavailable, "AWAY", "The line broke.");
  };
  house.say(talk, "hola");
  eventually("the first message", [&] { return house.conversations.answers(talk).size() == 1; });
  // What arrives in the meantime is not mixed into the turn that was begun.
  house.say(talk, "buenas");
  CHECK(house.turn(talk, 2).from_seq() > 1);
  CHECK(house.turns(talk).back().to_seq() == 1);
  CHECK(house.conversations.answers(talk) == Texts{"Hola, soy Sol.", "Hola, soy Sol."});
}

TEST_CASE("a turn that is due again answers nothing again") {
  House house;
  house.create_agent();
  const auto talk = house.open();
  const auto heard = house.conversations.hear(talk, "hola");
  house.publish(heard);
  house.turn(talk);
  for (int i = 0; i < 5; ++i) house.publish(due(talk));
  house.publish(heard);
  house.publish(due(new_id()));
  let_another_customer_be_answered(house);
  CHECK(house.conversations.answers(talk).size() == 1);
  CHECK(house.turns(talk).size() == 1);
}

TEST_CASE("a person who takes over while the agent thinks is not talked over") {
  House house;
  house.create_agent();
  const auto talk = house.open();
  house.conversations.before_send = [&](const auto& request) {
    house.conversations.hand_to(request.conversation_id(), Conversation::PERSON);
  };
  house.say(talk, "hola");
  CHECK(house.turn(talk).outcome() == v1::Turn::HANDED_OVER);
  CHECK(house.conversations.answers(talk).empty());
}

TEST_CASE("a conversation that a person took, or resolved, before the turn was due is left alone") {
  House house;
  house.create_agent([](v1::Agent& agent) { agent.set_debounce_ms(300); });
  const auto talk = house.open();
  house.say(talk, "hola");
  house.conversations.hand_to(talk, Conversation::PERSON);
  const auto solved = house.open();
  house.say(solved, "gracias");
  house.conversations.resolve(solved);
  const auto other = house.open();
  house.say(other, "hola");
  house.turn(other);
  CHECK(house.conversations.answers(solved).empty());
  CHECK(house.turns(talk).empty());
  CHECK(house.conversations.answers(talk).empty());
}

TEST_CASE("a message that the channel cannot carry is on record, and somebody is asked to look") {
  House house;
  house.create_agent();
  house.conversations.before_send = [](const auto&) {
    throw Error(Code::kFailedPrecondition, "CHANNEL_DISABLED", "The channel is disabled.");
  };
  const auto talk = house.open();
  house.say(talk, "hola");
  const auto turn = house.turn(talk);
  CHECK(turn.outcome() == v1::Turn::HELD_BACK);
  CHECK(turn.error().find("CHANNEL_DISABLED") != std::string::npos);
  CHECK(house.conversations.thread(talk).conversation.requires_attention());
}

TEST_CASE("another machine that always says the same is not answered for ever") {
  House house;
  house.create_agent();
  const auto talk = house.open();
  for (size_t i = 1; i <= 10; ++i) {
    house.say(talk, "Este número no recibe mensajes.");
    if (house.turn(talk, i).outcome() == v1::Turn::HELD_BACK) break;
  }
  CHECK(house.turns(talk).front().outcome() == v1::Turn::HELD_BACK);
  CHECK(house.conversations.answers(talk).size() < 10);
  CHECK(house.conversations.thread(talk).conversation.requires_attention());
}

TEST_CASE("a hundred customers who wait for a slow model keep nobody else waiting") {
  House house;
  ModelServer server([](const auto&, int) { return ModelServer::say("Hola."); });
  server.hang();
  auto model = server.model();
  model.set_timeout_ms(60'000);
  create_model_agent(house, model);
  house.create_agent([](v1::Agent& agent) { agent.add_trigger_keywords("rápido"); });
  Texts slow;
  for (int i = 0; i < 100; ++i) house.say(slow.emplace_back(house.open()), "¿Hay cita?");
  eventually(
      "a hundred requests", [&] { return server.requests().size() == 100; }, 30s);
  const auto quick = house.open();
  const auto begun = std::chrono::steady_clock::now();
  house.say(quick, "algo rápido");
  house.turn(quick);
  CHECK(std::chrono::steady_clock::now() - begun < 3s);
  for (const auto& talk : slow) CHECK(house.conversations.answers(talk).empty());
  server.release();
  for (const auto& talk : slow) house.turn(talk);
}

TEST_CASE("the turns of a conversation are listed newest first, page by page, for its tenant only") {
  House house;
  house.create_agent();
  const auto talk = house.open();
  for (size_t i = 1; i <= 3; ++i) {
    house.say(talk, "hola " + std::string(i, '!'));
    house.turn(talk, i);
  }
  v1::ListTurnsRequest request;
  request.set_conversation_id(talk);
  request.set_page_size(2);
  const auto page = [&](const Caller& caller) {
    return rpc::call<v1::ListTurnsResponse>(
        caller, [&](auto* context, auto* reply) { return house.agents->ListTurns(context, request, reply); });
  };
  const auto first = page(house.staff);
  REQUIRE(first.turns_size() == 2);
  CHECK(first.turns(0).to_seq() == 5);
  request.set_page_token(first.next_page_token());
  const auto second = page(house.staff);
  REQUIRE(second.turns_size() == 1);
  CHECK(second.turns(0).to_seq() == 1);
  CHECK(second.next_page_token().empty());
  CHECK(page(Caller::service("test", new_id(), Trace::start())).turns_size() == 0);
}
