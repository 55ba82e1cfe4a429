#pragma once

#include <optional>
#include <string>
#include <vector>

#include "centralita/messaging/v1/events.pb.h"
#include "libs/pg/pg.h"

/// What waits to be linked to a customer.
namespace centralita::conversations {

struct Unmatched {
  std::string id;
  messaging::v1::InboundReceived inbound;
};

/// Until the transaction ends nobody else links this sender, or keeps anything unmatched of theirs.
void lock_sender(pg::Tx& tx, const std::string& channel_id, const std::string& sender);
void keep_unmatched(pg::Tx& tx, const std::string& id, const messaging::v1::InboundReceived& inbound);
std::optional<Unmatched> find_unmatched(pg::Tx& tx, const std::string& id);
/// At most `limit` with an id above `after`, oldest first.
std::vector<Unmatched> list_unmatched(pg::Tx& tx, const std::string& after, int limit);
/// Removes everything of this sender, and returns it in the order in which it came.
std::vector<Unmatched> take_unmatched(pg::Tx& tx, const std::string& channel_id, const std::string& sender);

}  // namespace centralita::conversations
