#pragma once

#include <optional>
#include <string>
#include <vector>

#include "centralita/agents/v1/agents.pb.h"
#include "libs/pg/pg.h"

namespace centralita::agents {

/// An agent of the transaction's tenant as it is kept: its model's key apart, sealed.
struct StoredAgent {
  v1::Agent agent;
  std::string sealed_key;
};

v1::Agent insert_agent(pg::Tx& tx, const StoredAgent& stored);
/// Writes everything; a changed prompt gets the next version, and the former one is kept.
v1::Agent update_agent(pg::Tx& tx, const StoredAgent& stored);
std::optional<StoredAgent> find_agent(pg::Tx& tx, const std::string& id);
/// The same; nobody else changes it until the transaction ends.
std::optional<StoredAgent> lock_agent(pg::Tx& tx, const std::string& id);
/// Oldest first, those after the agent with this id.
std::vector<v1::Agent> list_agents(pg::Tx& tx, const std::string& after_id, int limit);
/// Oldest first.
std::vector<StoredAgent> enabled_agents(pg::Tx& tx);
bool delete_agent(pg::Tx& tx, const std::string& id);

}  // namespace centralita::agents
