#pragma once

#include <optional>
#include <string>
#include <vector>

#include "centralita/conversations/v1/conversations.pb.h"
#include "libs/base/clock.h"
#include "libs/bus/tx.h"

/// The rows of conversations.
namespace centralita::conversations {

/// A conversation, and what nobody outside is shown of it.
struct Thread {
  v1::Conversation conversation;
  std::string provider_conversation_id;
  v1::Conversation stored;  ///< As it was when it was read; nothing is set for a new one.
};

std::optional<Thread> find_thread(pg::Tx& tx, const std::string& id);
/// The customer's conversation with the newest message; `medium` empty for any.
std::optional<Thread> newest_thread(pg::Tx& tx, const std::string& customer_id, const std::string& medium);
std::optional<Thread> newest_thread_on_channel(pg::Tx& tx, const std::string& customer_id,
                                               const std::string& channel_id);

/// Nobody else changes the conversation until the transaction ends.
std::optional<Thread> lock_thread(pg::Tx& tx, const std::string& id);
/// The customer's open conversation on the channel, locked; nothing where none is open.
std::optional<Thread> lock_open_thread(pg::Tx& tx, const std::string& customer_id, const std::string& channel_id);
/// The same, made where there is none; there is never more than one.
Thread open_thread(pg::Tx& tx, const v1::Conversation& conversation, const std::string& provider_conversation_id);

/// Makes the message the newest of the locked conversation: gives it id, number and customer, and stores it. save()
/// is still to be called.
void append(pg::Tx& tx, Thread& thread, v1::Message& message);
/// Stores what was changed in the locked conversation; says ConversationUpdated when status, handler, attention or
/// unread count did.
void save(bus::Tx& tx, Thread& thread);

/// What a list shows: those older than `before`, newest first, at most `limit`.
struct ThreadFilter {
  Time before_time;
  std::string before_id;
  int limit = 0;
  std::string medium, status, customer_id;
  v1::Reference reference;
  bool requires_attention = false;
};
std::vector<Thread> list_threads(pg::Tx& tx, const ThreadFilter& filter);

}  // namespace centralita::conversations
