#include "services/agent-orchestrator/agents/store.h"

#include <google/protobuf/util/json_util.h>

#include "agent_orchestrator_sql.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/rpc/time.h"

namespace centralita::agents {
namespace {

namespace sql = agent_orchestrator::sql;

std::string hours_of(const v1::Agent& agent) {
  v1::Agent hours;
  *hours.mutable_active_hours() = agent.active_hours();
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(hours, &json).ok())
    throw Error(Code::kInternal, "BAD_HOURS", "Active hours cannot be written.");
  return json;
}

void read_hours(const std::string& json, v1::Agent& agent) {
  v1::Agent hours;
  if (!google::protobuf::util::JsonStringToMessage(json, &hours).ok())
    throw Error(Code::kInternal, "BAD_HOURS", "Active hours cannot be read.");
  *agent.mutable_active_hours() = std::move(*hours.mutable_active_hours());
}

v1::Agent to_agent(const pg::Row& row) {
  v1::Agent agent;
  agent.set_id(row.text("id"));
  agent.set_name(row.text("name"));
  agent.set_description(row.text("description"));
  agent.set_enabled(row.flag("enabled"));
  agent.set_responder(row.text("responder") == "MODEL" ? v1::Agent::MODEL : v1::Agent::BUILT_IN);
  auto& model = *agent.mutable_model();
  model.set_base_url(row.text("base_url"));
  model.set_model(row.text("model"));
  if (!row.is_null("temperature")) model.set_temperature(row.real("temperature"));
  model.set_max_tokens(static_cast<int>(row.number("max_tokens")));
  model.set_timeout_ms(static_cast<int>(row.number("timeout_ms")));
  agent.set_prompt(row.text("prompt"));
  agent.set_prompt_version(static_cast<int>(row.number("prompt_version")));
  for (auto& keyword : row.array("trigger_keywords")) agent.add_trigger_keywords(std::move(keyword));
  read_hours(row.text("active_hours"), agent);
  agent.set_greeting(row.text("greeting"));
  agent.set_fallback(row.text("fallback"));
  agent.set_handover_message(row.text("handover_message"));
  agent.set_debounce_ms(static_cast<int>(row.number("debounce_ms")));
  *agent.mutable_created_at() = rpc::to_proto(row.time("created_at"));
  *agent.mutable_updated_at() = rpc::to_proto(row.time("updated_at"));
  return agent;
}

StoredAgent to_stored(const pg::Row& row) { return {to_agent(row), row.text("api_key")}; }

std::optional<StoredAgent> to_stored(const std::optional<pg::Row>& row) {
  if (!row) return std::nullopt;
  return to_stored(*row);
}

v1::Agent write(pg::Tx& tx, const pg::Statement& statement, const StoredAgent& stored) {
  const auto& a = stored.agent;
  const auto& model = a.model();
  const std::vector<std::string> keywords(a.trigger_keywords().begin(), a.trigger_keywords().end());
  const auto hours = hours_of(a);
  const auto temperature = model.has_temperature() ? std::optional(model.temperature()) : std::nullopt;
  return to_agent(tx.one(
      statement,
      {a.id(), a.name(), a.description(), a.enabled(), v1::Agent::Responder_Name(a.responder()), model.base_url(),
       model.model(), stored.sealed_key, temperature, model.max_tokens(), model.timeout_ms(), a.prompt(),
       pg::Param::array(keywords), hours, a.greeting(), a.fallback(), a.handover_message(), a.debounce_ms()}));
}

}  // namespace

v1::Agent insert_agent(pg::Tx& tx, const StoredAgent& stored) { return write(tx, sql::insert_agent, stored); }

v1::Agent update_agent(pg::Tx& tx, const StoredAgent& stored) {
  tx.run(sql::keep_prompt, stored.agent.id(), stored.agent.prompt());
  return write(tx, sql::update_agent, stored);
}

std::optional<StoredAgent> find_agent(pg::Tx& tx, const std::string& id) {
  if (!is_id(id)) return std::nullopt;
  return to_stored(tx.maybe(sql::find_agent, id));
}

std::optional<StoredAgent> lock_agent(pg::Tx& tx, const std::string& id) {
  if (!is_id(id)) return std::nullopt;
  return to_stored(tx.maybe(sql::lock_agent, id));
}

std::vector<v1::Agent> list_agents(pg::Tx& tx, const std::string& after_id, int limit) {
  std::vector<v1::Agent> agents;
  for (const auto row : tx.all(sql::list_agents, after_id, limit)) agents.push_back(to_agent(row));
  return agents;
}

std::vector<StoredAgent> enabled_agents(pg::Tx& tx) {
  std::vector<StoredAgent> agents;
  for (const auto row : tx.all(sql::enabled_agents)) agents.push_back(to_stored(row));
  return agents;
}

bool delete_agent(pg::Tx& tx, const std::string& id) { return is_id(id) && tx.run(sql::delete_agent, id) > 0; }

}  // namespace centralita::agents
