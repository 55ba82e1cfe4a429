#include "services/agent-orchestrator/turns/store.h"

#include "agent_orchestrator_sql.h"
#include "libs/base/id.h"
#include "libs/rpc/time.h"

namespace centralita::agents {
namespace {

namespace sql = agent_orchestrator::sql;

/// An id that may be absent.
std::optional<std::string_view> or_null(const std::string& id) {
  if (id.empty()) return std::nullopt;
  return id;
}

v1::Turn to_turn(const pg::Row& row) {
  v1::Turn turn;
  turn.set_id(row.text("id"));
  turn.set_conversation_id(row.text("conversation_id"));
  turn.set_agent_id(row.text("agent_id"));
  turn.set_prompt_version(static_cast<int>(row.number("prompt_version")));
  v1::Turn::Outcome outcome{};
  v1::Turn::Outcome_Parse(row.text("outcome"), &outcome);
  turn.set_outcome(outcome);
  turn.set_message_id(row.text("message_id"));
  turn.set_from_seq(row.number("from_seq"));
  turn.set_to_seq(row.number("to_seq"));
  for (auto& id : row.array("knowledge_ids")) turn.add_knowledge_ids(std::move(id));
  turn.set_prompt_tokens(static_cast<int>(row.number("prompt_tokens")));
  turn.set_completion_tokens(static_cast<int>(row.number("completion_tokens")));
  turn.set_latency_ms(static_cast<int>(row.number("latency_ms")));
  turn.set_error(row.text("error"));
  *turn.mutable_created_at() = rpc::to_proto(row.time("created_at"));
  return turn;
}

}  // namespace

std::optional<Pending> hear_customer(pg::Tx& tx, const conversations::v1::MessageReceived& heard, Time now) {
  const auto& message = heard.message();
  const auto row = tx.one(sql::hear_customer, message.conversation_id(), heard.channel_id(), message.customer_id(),
                          message.seq(), now);
  if (!row.flag("pending")) return std::nullopt;
  return Pending{row.time("first_pending_at"), std::chrono::milliseconds{row.number("debounce_ms")}};
}

void leave_to_person(pg::Tx& tx, const conversations::v1::MessageReceived& heard, Time now) {
  const auto& message = heard.message();
  tx.run(sql::leave_to_person, message.conversation_id(), heard.channel_id(), message.customer_id(), message.seq(),
         now);
}

std::optional<Begun> begin_turn(pg::Tx& tx, const std::string& conversation_id) {
  const auto row = tx.maybe(sql::begin_turn, conversation_id);
  if (!row) return std::nullopt;
  return Begun{row->text("channel_id"), row->number("answered_seq"), row->number("begun_seq")};
}

bool end_turn(pg::Tx& tx, const std::string& conversation_id, int64_t to_seq, const std::string& agent_id, Time now) {
  const auto row = tx.maybe(sql::end_turn, conversation_id, to_seq, or_null(agent_id), now);
  return row && row->flag("pending");
}

std::optional<v1::Turn> insert_turn(pg::Tx& tx, const v1::Turn& turn) {
  const std::vector<std::string> knowledge(turn.knowledge_ids().begin(), turn.knowledge_ids().end());
  const auto row =
      tx.maybe(sql::insert_turn, {turn.conversation_id(), turn.to_seq(), turn.id(), or_null(turn.agent_id()),
                                  turn.prompt_version(), v1::Turn::Outcome_Name(turn.outcome()),
                                  or_null(turn.message_id()), turn.from_seq(), pg::Param::array(knowledge),
                                  turn.prompt_tokens(), turn.completion_tokens(), turn.latency_ms(), turn.error()});
  if (!row) return std::nullopt;
  return to_turn(*row);
}

std::vector<v1::Turn> list_turns(pg::Tx& tx, const std::string& conversation_id, int64_t before_seq, int limit) {
  std::vector<v1::Turn> turns;
  if (!is_id(conversation_id)) return turns;
  for (const auto row : tx.all(sql::list_turns, conversation_id, before_seq, limit)) turns.push_back(to_turn(row));
  return turns;
}

}  // namespace centralita::agents
