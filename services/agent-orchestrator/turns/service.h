#pragma once

#include <chrono>

#include "libs/base/clock.h"
#include "libs/bus/tx.h"
#include "libs/channels/directory.h"
#include "services/agent-orchestrator/turns/conversation.h"
#include "services/agent-orchestrator/turns/responder.h"
#include "services/agent-orchestrator/turns/store.h"

namespace centralita::agents {

struct TurnOptions {
  std::chrono::milliseconds debounce{1'500};       ///< Where the agent says nothing else.
  std::chrono::milliseconds longest_wait{10'000};  ///< A burst without end is answered after this long.
  int turns_in_a_row = 3;                          ///< Answers without a customer's message between them.
};

/// Hears customers and answers them, one turn for each burst of messages. Thread-safe. What it does for an event it may
/// do again: a turn has the same id, and its message the same request id, however often it is begun.
class TurnService {
 public:
  TurnService(bus::Database database, const Clock& clock, TurnOptions options, ConversationClient& conversations,
              channels::Directory& directory, Responder& responder)
      : database_(database),
        clock_(clock),
        options_(options),
        conversations_(conversations),
        directory_(directory),
        responder_(responder) {}

  /// conversations.v1.MessageReceived: says TurnDue when the burst seems over.
  void on_message_received(const bus::Event& event);
  /// agents.v1.TurnDue: takes the turn. Lasts as long as a model.
  void on_turn_due(const bus::Event& event);
  /// accounts.v1.ChannelChanged.
  void on_channel_changed(const bus::Event& event);

 private:
  struct Situation;

  Situation look(const Caller& caller, const Begun& begun, Talk talk, std::vector<StoredAgent> agents);
  v1::Turn act(const Caller& caller, const Situation& situation);
  void hold_back(const Caller& caller, const std::string& reason, v1::Turn& turn);
  void hand_over(const Caller& caller, const Situation& situation, v1::Turn& turn);
  void respond(const Caller& caller, const Situation& situation, v1::Turn& turn);
  bool say(const Caller& caller, const std::string& text, v1::Turn& turn);

  bus::Database database_;
  const Clock& clock_;
  const TurnOptions options_;
  ConversationClient& conversations_;
  channels::Directory& directory_;
  Responder& responder_;
};

}  // namespace centralita::agents
