#include "services/agent-orchestrator/module.h"

#include "agent_orchestrator_sql.h"
#include "centralita/accounts/v1/events.pb.h"
#include "centralita/agents/v1/events.pb.h"
#include "centralita/conversations/v1/events.pb.h"
#include "services/agent-orchestrator/agents/service.h"
#include "services/agent-orchestrator/knowledge/service.h"
#include "services/agent-orchestrator/turns/service.h"

namespace centralita::agents {
namespace {

using accounts::v1::ChannelChanged;
using conversations::v1::MessageReceived;
using std::chrono::milliseconds;

template <class M>
std::string topic() {
  return bus::topic_of(*M::descriptor());
}

template <class M>
bool is(const bus::Event& event) {
  return event.type == M::descriptor()->full_name();
}

TurnOptions turn_options(const Config& config) {
  TurnOptions options;
  options.debounce = config.duration("agents.debounce", options.debounce);
  options.longest_wait = config.duration("agents.longest_wait", options.longest_wait);
  options.turns_in_a_row = config.number("agents.max_turns_in_a_row", options.turns_in_a_row, 1, 100);
  return options;
}

struct Parts {
  explicit Parts(runtime::Host& host)
      : http({.allow_private_addresses = host.config().flag("agents.allow_private_addresses", false)}),
        models(http, host.clock()),
        responder(*host.database().pool, host.vault(), models,
                  host.config().duration("agents.turn_budget", milliseconds{60'000})),
        conversations(host.peers().at("conversations")),
        directory(host.peers().at("accounts")),
        agents(*host.database().pool, host.vault()),
        knowledge(*host.database().pool),
        turns(host.database(), host.clock(), turn_options(host.config()), conversations, directory, responder) {
    host.serve(agents);
    host.serve(knowledge);
    host.subscribe({.group = "agent-orchestrator", .topics = {topic<MessageReceived>(), topic<ChannelChanged>()}},
                   [this](const bus::Event& event) {
                     if (is<MessageReceived>(event)) turns.on_message_received(event);
                     if (is<ChannelChanged>(event)) turns.on_channel_changed(event);
                   });
    // A group of its own with many threads: a slow model keeps nobody waiting but its own customer.
    host.subscribe({.group = "agent-turns",
                    .topics = {topic<v1::TurnDue>()},
                    .concurrency = host.config().number("agents.concurrency", 256, 1, 2'000)},
                   [this](const bus::Event& event) { turns.on_turn_due(event); });
  }

  http::Client http;
  ModelClient models;
  Responder responder;
  ConversationClient conversations;
  channels::Directory directory;
  AgentService agents;
  KnowledgeService knowledge;
  TurnService turns;
};

}  // namespace

runtime::Module agent_orchestrator_module() {
  return {"agent-orchestrator",
          &agent_orchestrator::sql::schema,
          [](runtime::Host& host) { return std::make_shared<Parts>(host); },
          {}};
}

}  // namespace centralita::agents
