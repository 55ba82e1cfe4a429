#include "services/agent-orchestrator/turns/service.h"

#include <algorithm>

#include "centralita/accounts/v1/events.pb.h"
#include "centralita/agents/v1/events.pb.h"
#include "libs/base/id.h"
#include "libs/base/log.h"
#include "libs/base/metrics.h"
#include "services/agent-orchestrator/turns/intent.h"
#include "services/agent-orchestrator/turns/loop.h"
#include "services/agent-orchestrator/turns/routing.h"
#include "services/agent-orchestrator/turns/texts.h"

namespace centralita::agents {
namespace {

using conversations::v1::Conversation;
using conversations::v1::Message;

constexpr char kService[] = "agent-orchestrator";

void schedule(bus::Tx& tx, const std::string& conversation_id, Time at) {
  v1::TurnDue due;
  due.set_conversation_id(conversation_id);
  tx.schedule(due, at, "turn/" + conversation_id);
}

bool is_for_agents(const Conversation& conversation) {
  return conversation.handler() != Conversation::PERSON && conversation.status() != Conversation::RESOLVED;
}

std::string join(std::span<const Message> messages) {
  std::string text;
  for (const auto& message : messages) text += (text.empty() ? "" : "\n") + message.content().body();
  return text;
}

void count(const v1::Turn& turn, std::chrono::milliseconds latency) {
  const auto outcome = v1::Turn::Outcome_Name(turn.outcome());
  metrics::histogram("centralita_turn_seconds", "Turns of agents.", {{"outcome", outcome}})
      .observe(std::chrono::duration<double>(latency).count());
  log::info("turn taken", {{"conversation", turn.conversation_id()},
                           {"outcome", outcome},
                           {"latency_ms", latency.count()},
                           {"error", turn.error()}});
}

}  // namespace

/// Everything that a turn is decided by.
struct TurnService::Situation {
  v1::Turn turn;  ///< As far as it is known: id, conversation, numbers.
  std::vector<Message> messages;
  std::string burst;
  text::LocalTime now;
  std::optional<StoredAgent> agent;  ///< Nothing when none is enabled.
};

void TurnService::on_message_received(const bus::Event& event) {
  const auto heard = bus::parse<conversations::v1::MessageReceived>(event);
  const auto now = clock_.now();
  bus::Tx tx{database_, bus::caller_of(event, kService)};
  if (heard.handler() == Conversation::PERSON) {
    leave_to_person(tx, heard, now);
  } else if (const auto pending = hear_customer(tx, heard, now)) {
    const auto debounce = pending->debounce.count() > 0 ? pending->debounce : options_.debounce;
    schedule(tx, heard.message().conversation_id(),
             std::min(now + debounce, pending->since + std::max(options_.longest_wait, debounce)));
  }
  tx.commit();
}

void TurnService::on_channel_changed(const bus::Event& event) {
  directory_.forget(bus::parse<accounts::v1::ChannelChanged>(event).channel_id());
}

void TurnService::on_turn_due(const bus::Event& event) {
  const auto started = std::chrono::steady_clock::now();
  const auto conversation_id = bus::parse<v1::TurnDue>(event).conversation_id();
  const auto caller = bus::caller_of(event, kService);

  std::optional<Begun> begun;
  std::vector<StoredAgent> agents;
  {
    pg::Tx tx{*database_.pool, caller.tenant_id};
    begun = begin_turn(tx, conversation_id);
    if (!begun) return;
    agents = enabled_agents(tx);
    tx.commit();
  }

  std::optional<v1::Turn> turn;
  if (auto talk = conversations_.read(caller, conversation_id); talk && is_for_agents(talk->conversation))
    turn = act(caller, look(caller, *begun, std::move(*talk), std::move(agents)));

  const auto latency =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
  bus::Tx tx{database_, caller};
  const auto now = clock_.now();
  if (end_turn(tx, conversation_id, begun->to_seq, turn ? turn->agent_id() : std::string(), now))
    schedule(tx, conversation_id, now + options_.debounce);
  if (turn) {
    turn->set_latency_ms(static_cast<int>(latency.count()));
    turn = insert_turn(tx, *turn);
  }
  if (turn) {
    v1::TurnTaken taken;
    *taken.mutable_turn() = *turn;
    tx.publish(taken);
  }
  tx.commit();
  if (turn) count(*turn, latency);
}

TurnService::Situation TurnService::look(const Caller& caller, const Begun& begun, Talk talk,
                                         std::vector<StoredAgent> agents) {
  Situation situation;
  std::vector<Message> burst;
  for (auto& message : talk.messages) {
    if (message.seq() > begun.to_seq && message.author() == Message::CUSTOMER) break;
    if (message.seq() > begun.answered_seq && message.author() == Message::CUSTOMER) burst.push_back(message);
    situation.messages.push_back(std::move(message));
  }
  situation.burst = join(burst);

  auto& turn = situation.turn;
  const auto& conversation_id = talk.conversation.id();
  turn.set_id(id_of(conversation_id + "/" + std::to_string(begun.to_seq)));
  turn.set_conversation_id(conversation_id);
  turn.set_from_seq(burst.empty() ? begun.to_seq : burst.front().seq());
  turn.set_to_seq(begun.to_seq);

  const auto channel = directory_.by_id(caller, begun.channel_id);
  situation.now = text::local_time(clock_.now(), channel ? channel->facts.channel().zone() : "UTC");
  std::vector<v1::Agent> choices;
  for (auto& stored : agents) choices.push_back(std::move(stored.agent));
  const auto* chosen = choose_agent(choices, situation.burst, situation.now,
                                    channel ? channel->facts.channel().default_agent_id() : std::string());
  if (chosen) situation.agent = {*chosen, std::move(agents[static_cast<size_t>(chosen - choices.data())].sealed_key)};
  return situation;
}

v1::Turn TurnService::act(const Caller& caller, const Situation& situation) {
  auto turn = situation.turn;
  if (!situation.agent) {
    hold_back(caller, "No hay ningún agente activo.", turn);
    return turn;
  }
  turn.set_agent_id(situation.agent->agent.id());
  turn.set_prompt_version(situation.agent->agent.prompt_version());
  if (turns_in_a_row(situation.messages) >= options_.turns_in_a_row)
    hold_back(caller, "El agente ya había respondido varias veces seguidas.", turn);
  else if (is_machine(situation.messages))
    hold_back(caller, "Parece que responde otra máquina: repite siempre lo mismo.", turn);
  else if (asks_for_person(situation.burst))
    hand_over(caller, situation, turn);
  else
    respond(caller, situation, turn);
  return turn;
}

void TurnService::hold_back(const Caller& caller, const std::string& reason, v1::Turn& turn) {
  conversations_.ask_attention(caller, turn.conversation_id());
  turn.set_outcome(v1::Turn::HELD_BACK);
  turn.set_error(reason);
}

void TurnService::hand_over(const Caller& caller, const Situation& situation, v1::Turn& turn) {
  if (!say(caller, handover_of(situation.agent->agent, guess_language(situation.burst)), turn)) return;
  conversations_.hand_over(caller, turn.conversation_id(), "El cliente pide hablar con una persona.");
  turn.set_outcome(v1::Turn::HANDED_OVER);
}

void TurnService::respond(const Caller& caller, const Situation& situation, v1::Turn& turn) {
  const auto answer = responder_.answer(
      caller, *situation.agent, {.burst = situation.burst, .messages = situation.messages, .now = situation.now});
  for (const auto& id : answer.knowledge_ids) turn.add_knowledge_ids(id);
  turn.set_prompt_tokens(answer.prompt_tokens);
  turn.set_completion_tokens(answer.completion_tokens);
  turn.set_error(answer.error);
  if (!say(caller, answer.text, turn)) return;
  turn.set_outcome(answer.fell_back ? v1::Turn::FELL_BACK : v1::Turn::ANSWERED);
  if (answer.fell_back) conversations_.ask_attention(caller, turn.conversation_id());
}

/// False when conversations refuses the message; the turn then tells why.
bool TurnService::say(const Caller& caller, const std::string& text, v1::Turn& turn) {
  const auto sent = conversations_.say(caller, turn.conversation_id(), turn.agent_id(), text, "turn/" + turn.id());
  turn.set_message_id(sent.message_id);
  if (sent.refusal.empty()) return true;
  if (sent.refusal == "HANDLED_BY_PERSON") {
    turn.set_outcome(v1::Turn::HANDED_OVER);
    turn.set_error("Una persona tomó la conversación mientras el agente respondía.");
  } else {
    hold_back(caller, "El mensaje no se pudo enviar: " + sent.refusal + ".", turn);
  }
  return false;
}

}  // namespace centralita::agents
