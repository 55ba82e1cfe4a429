#pragma once

#include <optional>
#include <string>
#include <vector>

#include "centralita/conversations/v1/conversations.pb.h"
#include "libs/base/clock.h"
#include "libs/pg/pg.h"

/// The rows of messages, and the constraints that let each of them come once.
namespace centralita::conversations {

/// Stores a new message; sets when it was stored.
void insert_message(pg::Tx& tx, v1::Message& message);
std::optional<v1::Message> find_message(pg::Tx& tx, const std::string& id);
/// Nobody else changes the message until the transaction ends.
std::optional<v1::Message> lock_message(pg::Tx& tx, const std::string& id);
/// Writes status, failure, provider's id and time of reading.
void update_message(pg::Tx& tx, const v1::Message& message);
/// At most `limit` messages with a number below `before`, newest first.
std::vector<v1::Message> list_messages(pg::Tx& tx, const v1::Conversation& conversation, int64_t before, int limit);
/// The oldest message with this body that we have handed to the provider since then, or are about to, and of which we
/// do not know the provider's id. Locked.
std::optional<v1::Message> lock_sent_without_echo(pg::Tx& tx, const std::string& conversation_id, Time since,
                                                  const std::string& body);

/// The message that has this provider's id on the channel.
std::optional<std::string> find_provider_message(pg::Tx& tx, const std::string& channel_id,
                                                 const std::string& provider_message_id);
/// Makes the provider's id that message's; false when it is another's already.
bool claim_provider_message(pg::Tx& tx, const std::string& channel_id, const std::string& provider_message_id,
                            const std::string& message_id);
/// Makes the provider's id, whosever it is, that message's.
void move_provider_message(pg::Tx& tx, const std::string& channel_id, const std::string& provider_message_id,
                           const std::string& message_id);

/// Makes the request that message's; the message that it has led to already, if any.
std::optional<v1::Message> claim_request(pg::Tx& tx, const std::string& request_id, const std::string& message_id);

}  // namespace centralita::conversations
