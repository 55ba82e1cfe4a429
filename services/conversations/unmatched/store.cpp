#include "services/conversations/unmatched/store.h"

#include <algorithm>

#include "conversations_sql.h"
#include "libs/base/id.h"

namespace centralita::conversations {
namespace {

Unmatched to_unmatched(const pg::Row& row) {
  Unmatched unmatched{row.text("id"), {}};
  unmatched.inbound.ParseFromString(row.bytes("inbound"));
  return unmatched;
}

std::vector<Unmatched> to_unmatched(const pg::Rows& rows) {
  std::vector<Unmatched> all;
  for (const auto row : rows) all.push_back(to_unmatched(row));
  return all;
}

}  // namespace

void lock_sender(pg::Tx& tx, const std::string& channel_id, const std::string& sender) {
  tx.all(sql::lock_sender, "unmatched/" + channel_id + "/" + sender);
}

void keep_unmatched(pg::Tx& tx, const std::string& id, const messaging::v1::InboundReceived& inbound) {
  const auto bytes = inbound.SerializeAsString();
  tx.run(sql::insert_unmatched, {id, tx.tenant_id(), inbound.channel_id(), inbound.sender(), pg::Param::bytes(bytes)});
}

std::optional<Unmatched> find_unmatched(pg::Tx& tx, const std::string& id) {
  if (!is_id(id)) return {};
  const auto row = tx.maybe(sql::find_unmatched, id);
  if (!row) return {};
  return to_unmatched(*row);
}

std::vector<Unmatched> list_unmatched(pg::Tx& tx, const std::string& after, int limit) {
  return to_unmatched(tx.all(sql::list_unmatched, after, limit));
}

std::vector<Unmatched> take_unmatched(pg::Tx& tx, const std::string& channel_id, const std::string& sender) {
  auto taken = to_unmatched(tx.all(sql::take_unmatched, channel_id, sender));
  std::sort(taken.begin(), taken.end(), [](const Unmatched& a, const Unmatched& b) { return a.id < b.id; });
  return taken;
}

}  // namespace centralita::conversations
