#include "services/agent-orchestrator/agents/service.h"

#include <charconv>
#include <limits>

#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/rpc/mask.h"
#include "libs/rpc/page.h"
#include "libs/rpc/serve.h"
#include "services/agent-orchestrator/agents/check.h"
#include "services/agent-orchestrator/turns/store.h"

namespace centralita::agents {
namespace {

void tidy(v1::Agent& agent) {
  if (agent.responder() == v1::Agent::RESPONDER_UNSPECIFIED) agent.set_responder(v1::Agent::BUILT_IN);
  auto& url = *agent.mutable_model()->mutable_base_url();
  while (url.ends_with('/')) url.pop_back();
}

/// What the update says, over what is stored.
void apply(const v1::Agent& update, const rpc::Mask& mask, StoredAgent& stored) {
  auto& agent = stored.agent;
  if (mask.has("name")) agent.set_name(update.name());
  if (mask.has("description")) agent.set_description(update.description());
  if (mask.has("enabled")) agent.set_enabled(update.enabled());
  if (mask.has("responder")) agent.set_responder(update.responder());
  if (mask.has("model")) {
    const auto former_url = agent.model().base_url();
    *agent.mutable_model() = update.model();
    tidy(agent);
    // Otherwise whoever may edit an agent could have its key sent to a server of their own.
    if (agent.model().base_url() != former_url) stored.sealed_key.clear();
  }
  if (mask.has("prompt")) agent.set_prompt(update.prompt());
  if (mask.has("trigger_keywords")) *agent.mutable_trigger_keywords() = update.trigger_keywords();
  if (mask.has("active_hours")) *agent.mutable_active_hours() = update.active_hours();
  if (mask.has("greeting")) agent.set_greeting(update.greeting());
  if (mask.has("fallback")) agent.set_fallback(update.fallback());
  if (mask.has("handover_message")) agent.set_handover_message(update.handover_message());
  if (mask.has("debounce_ms")) agent.set_debounce_ms(update.debounce_ms());
}

int64_t to_seq(const std::string& text) {
  int64_t seq = 0;
  const auto end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, seq);
  require(result.ec == std::errc{} && result.ptr == end, "pageToken",
          "must be a nextPageToken of an earlier answer to the same list");
  return seq;
}

}  // namespace

grpc::Status AgentService::ListAgents(grpc::ServerContext* context, const v1::ListAgentsRequest* request,
                                      v1::ListAgentsResponse* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const auto size = rpc::page_size(request->page_size());
    const auto token = rpc::read_page_token(request->page_token(), 1);
    const auto after = token ? token->front() : first_id(Time{});
    require(is_id(after), "pageToken", "must be a nextPageToken of an earlier answer to the same list");
    pg::Tx tx{pool_, call.tenant_id};
    for (auto& agent : list_agents(tx, after, size + 1)) *response->add_agents() = std::move(agent);
    if (response->agents_size() <= size) return;
    response->mutable_agents()->RemoveLast();
    response->set_next_page_token(rpc::page_token({response->agents(size - 1).id()}));
  });
}

grpc::Status AgentService::GetAgent(grpc::ServerContext* context, const v1::GetAgentRequest* request,
                                    v1::Agent* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    pg::Tx tx{pool_, call.tenant_id};
    auto stored = find_agent(tx, request->id());
    if (!stored) throw not_found("agent");
    *response = std::move(stored->agent);
  });
}

grpc::Status AgentService::CreateAgent(grpc::ServerContext* context, const v1::CreateAgentRequest* request,
                                       v1::Agent* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    StoredAgent stored{request->agent(), {}};
    stored.agent.set_id(new_id());
    tidy(stored.agent);
    check(stored.agent);
    pg::Tx tx{pool_, call.tenant_id};
    seal_key(tx, stored);
    *response = insert_agent(tx, stored);
    tx.commit();
  });
}

grpc::Status AgentService::UpdateAgent(grpc::ServerContext* context, const v1::UpdateAgentRequest* request,
                                       v1::Agent* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const rpc::Mask mask(request->update_mask(), request->agent());
    pg::Tx tx{pool_, call.tenant_id};
    auto stored = lock_agent(tx, request->agent().id());
    if (!stored) throw not_found("agent");
    apply(request->agent(), mask, *stored);
    check(stored->agent);
    seal_key(tx, *stored);
    *response = update_agent(tx, *stored);
    tx.commit();
  });
}

grpc::Status AgentService::DeleteAgent(grpc::ServerContext* context, const v1::DeleteAgentRequest* request,
                                       google::protobuf::Empty*) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    pg::Tx tx{pool_, call.tenant_id};
    if (!delete_agent(tx, request->id())) throw not_found("agent");
    tx.commit();
  });
}

grpc::Status AgentService::ListTurns(grpc::ServerContext* context, const v1::ListTurnsRequest* request,
                                     v1::ListTurnsResponse* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const auto size = rpc::page_size(request->page_size());
    const auto token = rpc::read_page_token(request->page_token(), 1);
    const auto before = token ? to_seq(token->front()) : std::numeric_limits<int64_t>::max();
    pg::Tx tx{pool_, call.tenant_id};
    for (auto& turn : list_turns(tx, request->conversation_id(), before, size + 1))
      *response->add_turns() = std::move(turn);
    if (response->turns_size() <= size) return;
    response->mutable_turns()->RemoveLast();
    response->set_next_page_token(rpc::page_token({std::to_string(response->turns(size - 1).to_seq())}));
  });
}

void AgentService::seal_key(const pg::Tx& tx, StoredAgent& stored) const {
  auto& key = *stored.agent.mutable_model()->mutable_api_key();
  if (!key.empty()) stored.sealed_key = vault_.seal(key, key_context(tx.tenant_id(), stored.agent.id()));
  key.clear();
}

std::string key_context(const std::string& tenant_id, const std::string& agent_id) {
  return tenant_id + "/" + agent_id;
}

}  // namespace centralita::agents
