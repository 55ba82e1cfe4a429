#pragma once

#include "centralita/agents/v1/agents.grpc.pb.h"
#include "libs/pg/pg.h"
#include "libs/security/security.h"
#include "services/agent-orchestrator/agents/store.h"

namespace centralita::agents {

/// The tenant's agents and the turns that they took. Stateless; safe to call from any thread.
class AgentService final : public v1::Agents::Service {
 public:
  AgentService(pg::Pool& pool, const security::Vault& vault) : pool_(pool), vault_(vault) {}

  grpc::Status ListAgents(grpc::ServerContext* context, const v1::ListAgentsRequest* request,
                          v1::ListAgentsResponse* response) override;
  grpc::Status GetAgent(grpc::ServerContext* context, const v1::GetAgentRequest* request, v1::Agent* response) override;
  grpc::Status CreateAgent(grpc::ServerContext* context, const v1::CreateAgentRequest* request,
                           v1::Agent* response) override;
  grpc::Status UpdateAgent(grpc::ServerContext* context, const v1::UpdateAgentRequest* request,
                           v1::Agent* response) override;
  grpc::Status DeleteAgent(grpc::ServerContext* context, const v1::DeleteAgentRequest* request,
                           google::protobuf::Empty* response) override;
  grpc::Status ListTurns(grpc::ServerContext* context, const v1::ListTurnsRequest* request,
                         v1::ListTurnsResponse* response) override;

 private:
  void seal_key(const pg::Tx& tx, StoredAgent& stored) const;

  pg::Pool& pool_;
  const security::Vault& vault_;
};

/// What a model's key is sealed for.
std::string key_context(const std::string& tenant_id, const std::string& agent_id);

}  // namespace centralita::agents
