#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "centralita/agents/v1/agents.pb.h"
#include "centralita/conversations/v1/events.pb.h"
#include "libs/pg/pg.h"

namespace centralita::agents {

/// A burst of a customer's messages that waits for an answer.
struct Pending {
  Time since;
  std::chrono::milliseconds debounce{0};  ///< Of the agent that is likely to answer; 0 where it has none.
};

/// A turn under way: it answers what came after `answered_seq`, up to `to_seq`.
struct Begun {
  std::string channel_id;
  int64_t answered_seq = 0;
  int64_t to_seq = 0;
};

/// Remembers a message for the agents. Nothing when it is answered already.
std::optional<Pending> hear_customer(pg::Tx& tx, const conversations::v1::MessageReceived& heard, Time now);
/// Remembers a message as one that a person deals with.
void leave_to_person(pg::Tx& tx, const conversations::v1::MessageReceived& heard, Time now);

/// Begins the turn of what is pending, or takes up the one that was begun and never ended. Nothing when nothing is
/// pending.
std::optional<Begun> begin_turn(pg::Tx& tx, const std::string& conversation_id);
/// Everything up to `to_seq` is dealt with. Whether more is pending.
bool end_turn(pg::Tx& tx, const std::string& conversation_id, int64_t to_seq, const std::string& agent_id, Time now);

/// Puts a turn on record; nothing when it is there already.
std::optional<v1::Turn> insert_turn(pg::Tx& tx, const v1::Turn& turn);
/// Newest first, those that end before this number.
std::vector<v1::Turn> list_turns(pg::Tx& tx, const std::string& conversation_id, int64_t before_seq, int limit);

}  // namespace centralita::agents
