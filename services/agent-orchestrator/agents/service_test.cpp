#include "services/agent-orchestrator/agents/service.h"

#include "services/agent-orchestrator/testing/house.h"

using namespace centralita;
using namespace centralita::agents;
using testing::House;

namespace {

v1::Agent get(House& house, const std::string& id, const Caller& caller) {
  v1::GetAgentRequest request;
  request.set_id(id);
  return rpc::call<v1::Agent>(
      caller, [&](auto* context, auto* reply) { return house.agents->GetAgent(context, request, reply); });
}

v1::Agent update(House& house, const v1::Agent& agent, const std::vector<std::string>& fields) {
  v1::UpdateAgentRequest request;
  *request.mutable_agent() = agent;
  for (const auto& field : fields) request.mutable_update_mask()->add_paths(field);
  return rpc::call<v1::Agent>(
      house.staff, [&](auto* context, auto* reply) { return house.agents->UpdateAgent(context, request, reply); });
}

std::vector<std::string> names(House& house, int page_size, std::string token = "") {
  std::vector<std::string> names;
  do {
    v1::ListAgentsRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    const auto page = rpc::call<v1::ListAgentsResponse>(
        house.staff, [&](auto* context, auto* reply) { return house.agents->ListAgents(context, request, reply); });
    for (const auto& agent : page.agents()) names.push_back(agent.name());
    token = page.next_page_token();
  } while (!token.empty());
  return names;
}

Code code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return Code::kOk;
}

v1::Agent model_agent(const std::string& base_url) {
  v1::Agent agent;
  agent.set_name("Ventas");
  agent.set_responder(v1::Agent::MODEL);
  agent.mutable_model()->set_base_url(base_url);
  agent.mutable_model()->set_model("demo");
  agent.mutable_model()->set_api_key("sk-secreta");
  return agent;
}

std::string sealed_key(House& house, const std::string& id) {
  pg::Tx tx{*house.host().database().pool, house.staff.tenant_id};
  return find_agent(tx, id)->sealed_key;
}

}  // namespace

TEST_CASE("an agent is what was asked for, and its model's key is never returned") {
  House house;
  auto asked = model_agent("https://modelo.example/v1/");
  asked.set_enabled(true);
  asked.mutable_model()->set_temperature(0);
  asked.add_trigger_keywords("cita");
  auto& hours = *asked.add_active_hours();
  hours.add_days(7);
  hours.set_from("22:00");
  hours.set_to("06:00");
  const auto created = house.create(asked);
  CHECK(created.model().base_url() == "https://modelo.example/v1");
  CHECK(created.model().has_temperature());
  CHECK(created.model().api_key().empty());
  CHECK(created.prompt_version() == 1);
  const auto read = get(house, created.id(), house.staff);
  CHECK(read.SerializeAsString() == created.SerializeAsString());
  CHECK(read.trigger_keywords(0) == "cita");
  CHECK(read.active_hours(0).from() == "22:00");

  const auto sealed = sealed_key(house, created.id());
  CHECK(sealed.find("secreta") == std::string::npos);
  CHECK(house.host().vault().open(sealed, key_context(house.staff.tenant_id, created.id())) == "sk-secreta");
}

TEST_CASE("an agent without a responder answers from the knowledge entries") {
  House house;
  CHECK(house.create_agent().responder() == v1::Agent::BUILT_IN);
}

TEST_CASE("a malformed agent is refused, naming what is wrong") {
  House house;
  struct Row {
    const char* field;
    std::function<void(v1::Agent&)> spoil;
  };
  const auto hours = [](v1::Agent& agent) -> v1::ActiveHours& {
    auto& hours = *agent.add_active_hours();
    hours.add_days(1);
    hours.set_from("08:00");
    hours.set_to("18:00");
    return hours;
  };
  const std::vector<Row> rows = {
      {"agent.name", [](auto& a) { a.set_name(""); }},
      {"agent.name", [](auto& a) { a.set_name(std::string("a\0b", 3)); }},
      {"agent.prompt", [](auto& a) { a.set_prompt(std::string(20'001, 'x')); }},
      {"agent.model.baseUrl", [](auto& a) { a.mutable_model()->set_base_url(""); }},
      {"agent.model.baseUrl", [](auto& a) { a.mutable_model()->set_base_url("ftp://modelo.example"); }},
      {"agent.model.baseUrl", [](auto& a) { a.mutable_model()->set_base_url("https://ana:clave@modelo.example"); }},
      {"agent.model.baseUrl", [](auto& a) { a.mutable_model()->set_base_url("https://"); }},
      {"agent.model.baseUrl", [](auto& a) { a.mutable_model()->set_base_url("https://a.example/v1 x"); }},
      {"agent.model.model", [](auto& a) { a.mutable_model()->set_model(""); }},
      {"agent.model.apiKey", [](auto& a) { a.mutable_model()->set_api_key("sk\r\nX-Evil: 1"); }},
      {"agent.model.temperature", [](auto& a) { a.mutable_model()->set_temperature(2.1); }},
      {"agent.model.maxTokens", [](auto& a) { a.mutable_model()->set_max_tokens(-1); }},
      {"agent.model.timeoutMs", [](auto& a) { a.mutable_model()->set_timeout_ms(60'001); }},
      {"agent.debounceMs", [](auto& a) { a.set_debounce_ms(60'001); }},
      {"agent.triggerKeywords", [](auto& a) { a.add_trigger_keywords("¿?"); }},
      {"agent.activeHours.from", [&](auto& a) { hours(a).set_from("8:00"); }},
      {"agent.activeHours.to", [&](auto& a) { hours(a).set_to("24:00"); }},
      {"agent.activeHours.days", [&](auto& a) { hours(a).add_days(8); }},
      {"agent.activeHours.days", [&](auto& a) { hours(a).clear_days(); }},
      {"agent.fallback", [](auto& a) { a.set_fallback(std::string(1'501, 'x')); }},
  };
  for (const auto& row : rows) {
    auto agent = model_agent("https://modelo.example/v1");
    row.spoil(agent);
    INFO(row.field);
    try {
      house.create(agent);
      FAIL("was accepted");
    } catch (const Error& error) {
      CHECK(error.code() == Code::kInvalidArgument);
      REQUIRE(error.fields.size() == 1);
      CHECK(error.fields[0].field == row.field);
    }
  }
}

TEST_CASE("an update touches what its mask names; a changed prompt is a new version") {
  House house;
  auto agent = house.create_agent([](auto& a) { a.set_prompt("Eres Sol."); });
  agent.set_name("Luna");
  agent.set_prompt("Eres Luna.");
  auto updated = update(house, agent, {"prompt"});
  CHECK(updated.name() == "Recepción");
  CHECK(updated.prompt() == "Eres Luna.");
  CHECK(updated.prompt_version() == 2);
  CHECK(update(house, agent, {"prompt", "name"}).prompt_version() == 2);
  CHECK(get(house, agent.id(), house.staff).name() == "Luna");

  agent.set_enabled(false);
  CHECK_FALSE(update(house, agent, {"enabled"}).enabled());
}

TEST_CASE("a model's key is kept until it is replaced or the model moves elsewhere") {
  House house;
  auto agent = house.create(model_agent("https://modelo.example/v1"));
  const auto first = sealed_key(house, agent.id());
  agent.mutable_model()->set_model("otro");
  update(house, agent, {"model"});
  CHECK(sealed_key(house, agent.id()) == first);

  agent.mutable_model()->set_api_key("sk-nueva");
  update(house, agent, {"model"});
  const auto second = sealed_key(house, agent.id());
  CHECK(second != first);

  agent.mutable_model()->clear_api_key();
  agent.mutable_model()->set_base_url("https://ladron.example/v1");
  update(house, agent, {"model"});
  CHECK(sealed_key(house, agent.id()).empty());
}

TEST_CASE("agents are listed oldest first, page by page") {
  House house;
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i)
    house.create_agent([&](auto& agent) { agent.set_name(expected.emplace_back("Agente " + std::to_string(i))); });
  CHECK(names(house, 2) == expected);
  CHECK(names(house, 0) == expected);
  CHECK(code_of([&] { names(house, 2, "basura"); }) == Code::kInvalidArgument);
}

TEST_CASE("another tenant's agent is not found") {
  House house;
  const auto agent = house.create_agent();
  const auto stranger = Caller::service("test", new_id(), Trace::start());
  CHECK(code_of([&] { get(house, agent.id(), stranger); }) == Code::kNotFound);
  CHECK(code_of([&] { get(house, "no-es-un-id", house.staff); }) == Code::kNotFound);
  CHECK(code_of([&] { get(house, new_id(), house.staff); }) == Code::kNotFound);
}

TEST_CASE("a deleted agent is gone") {
  House house;
  auto agent = house.create_agent();
  agent.set_prompt("Otro.");
  update(house, agent, {"prompt"});
  const auto remove = [&] {
    v1::DeleteAgentRequest request;
    request.set_id(agent.id());
    rpc::call<google::protobuf::Empty>(
        house.staff, [&](auto* context, auto* reply) { return house.agents->DeleteAgent(context, request, reply); });
  };
  remove();
  CHECK(code_of([&] { get(house, agent.id(), house.staff); }) == Code::kNotFound);
  CHECK(code_of(remove) == Code::kNotFound);
}
