#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "centralita/agents/v1/agents.pb.h"
#include "libs/pg/pg.h"

namespace centralita::agents {

/// An entry and how much of a question it answers, 0 to 1.
struct Found {
  v1::KnowledgeEntry entry;
  double score = 0;
};

/// Entries of the transaction's tenant.
v1::KnowledgeEntry insert_entry(pg::Tx& tx, const v1::KnowledgeEntry& entry);
v1::KnowledgeEntry update_entry(pg::Tx& tx, const v1::KnowledgeEntry& entry);
std::optional<v1::KnowledgeEntry> find_entry(pg::Tx& tx, const std::string& id);
/// The same; nobody else changes it until the transaction ends.
std::optional<v1::KnowledgeEntry> lock_entry(pg::Tx& tx, const std::string& id);
/// Newest first, those before the entry with this id.
std::vector<v1::KnowledgeEntry> list_entries(pg::Tx& tx, const std::string& before_id, int limit);
/// Best first, by the stems of the question's words in Spanish and English and by what is related to them. None when
/// the question says nothing.
std::vector<Found> search_entries(pg::Tx& tx, std::string_view question, int limit);
bool delete_entry(pg::Tx& tx, const std::string& id);

}  // namespace centralita::agents
