#include "services/agent-orchestrator/knowledge/store.h"

#include "agent_orchestrator_sql.h"
#include "libs/base/id.h"
#include "libs/rpc/time.h"
#include "libs/text/fold.h"
#include "services/agent-orchestrator/knowledge/terms.h"

namespace centralita::agents {
namespace {

namespace sql = agent_orchestrator::sql;

v1::KnowledgeEntry to_entry(const pg::Row& row) {
  v1::KnowledgeEntry entry;
  entry.set_id(row.text("id"));
  entry.set_title(row.text("title"));
  entry.set_answer(row.text("answer"));
  *entry.mutable_created_at() = rpc::to_proto(row.time("created_at"));
  *entry.mutable_updated_at() = rpc::to_proto(row.time("updated_at"));
  return entry;
}

std::optional<v1::KnowledgeEntry> to_entry(const std::optional<pg::Row>& row) {
  if (!row) return std::nullopt;
  return to_entry(*row);
}

v1::KnowledgeEntry write(pg::Tx& tx, const pg::Statement& statement, const v1::KnowledgeEntry& entry) {
  const auto title = text::fold(entry.title()), answer = text::fold(entry.answer());
  return to_entry(tx.one(statement, entry.id(), entry.title(), entry.answer(), title, answer));
}

}  // namespace

v1::KnowledgeEntry insert_entry(pg::Tx& tx, const v1::KnowledgeEntry& entry) {
  return write(tx, sql::insert_entry, entry);
}

v1::KnowledgeEntry update_entry(pg::Tx& tx, const v1::KnowledgeEntry& entry) {
  return write(tx, sql::update_entry, entry);
}

std::optional<v1::KnowledgeEntry> find_entry(pg::Tx& tx, const std::string& id) {
  if (!is_id(id)) return std::nullopt;
  return to_entry(tx.maybe(sql::find_entry, id));
}

std::optional<v1::KnowledgeEntry> lock_entry(pg::Tx& tx, const std::string& id) {
  if (!is_id(id)) return std::nullopt;
  return to_entry(tx.maybe(sql::lock_entry, id));
}

std::vector<v1::KnowledgeEntry> list_entries(pg::Tx& tx, const std::string& before_id, int limit) {
  std::vector<v1::KnowledgeEntry> entries;
  for (const auto row : tx.all(sql::list_entries, before_id, limit)) entries.push_back(to_entry(row));
  return entries;
}

std::vector<Found> search_entries(pg::Tx& tx, std::string_view question, int limit) {
  std::vector<std::string> words;
  std::vector<std::string> related;
  for (auto& term : terms_of(question)) {
    words.push_back(std::move(term.word));
    related.push_back(std::move(term.related));
  }
  std::vector<Found> found;
  if (words.empty()) return found;
  for (const auto row : tx.all(sql::search_entries, pg::Param::array(words), pg::Param::array(related), limit))
    found.push_back({to_entry(row), row.real("score")});
  return found;
}

bool delete_entry(pg::Tx& tx, const std::string& id) { return is_id(id) && tx.run(sql::delete_entry, id) > 0; }

}  // namespace centralita::agents
