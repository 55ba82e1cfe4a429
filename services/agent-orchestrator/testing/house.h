#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <thread>

#include "agent_orchestrator_sql.h"
#include "bus_sql.h"
#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "centralita/agents/v1/agents.grpc.pb.h"
#include "libs/base/encoding.h"
#include "libs/bus/postgres/postgres_bus.h"
#include "libs/rpc/client.h"
#include "libs/runtime/app.h"
#include "services/agent-orchestrator/module.h"
#include "services/agent-orchestrator/testing/conversations.h"
#include "tests/support/database.h"
#include "tests/support/eventually.h"

namespace centralita::agents::testing {

using tests::eventually;

/// Every channel is one of this tenant.
class Directory final : public accounts::v1::Directory::Service {
 public:
  grpc::Status ResolveChannel(grpc::ServerContext* context, const accounts::v1::ResolveChannelRequest* request,
                              accounts::v1::ResolvedChannel* response) override {
    return rpc::serve(context, *request, [&](const rpc::Call& call) {
      response->set_tenant_id(call.tenant_id);
      *response->mutable_channel() = channel;
      response->mutable_channel()->set_id(request->id());
    });
  }
  accounts::v1::Channel channel;
};

/// The module in a process of its own kind: a fresh database, the bus, and neighbours who can be looked at.
class House {
 public:
  using Settings = std::vector<std::pair<std::string, std::string>>;

  House() : House(Settings{}) {}
  explicit House(const Settings& settings)
      : database_({&bus::schema(), &agent_orchestrator::sql::schema}),
        modules_{neighbour("accounts", directory), neighbour("conversations", conversations),
                 agent_orchestrator_module()},
        app_(config(settings), modules_, clock_) {
    directory.channel.set_kind("twilio");
    directory.channel.set_zone("America/Bogota");
    app_.start();
    const auto channel = app_.host().peers().at("agent-orchestrator");
    agents = v1::Agents::NewStub(channel);
    knowledge = v1::Knowledge::NewStub(channel);
  }

  v1::Agent create(const v1::Agent& agent) {
    v1::CreateAgentRequest request;
    *request.mutable_agent() = agent;
    return rpc::call<v1::Agent>(
        staff, [&](auto* context, auto* reply) { return agents->CreateAgent(context, request, reply); });
  }

  /// An enabled agent that answers from the knowledge entries, soon.
  v1::Agent create_agent(const std::function<void(v1::Agent&)>& change = [](auto&) {}) {
    v1::Agent agent;
    agent.set_name("Recepción");
    agent.set_enabled(true);
    agent.set_greeting("Hola, soy Sol.");
    agent.set_fallback("No tengo ese dato.");
    agent.set_handover_message("Te paso con una persona.");
    change(agent);
    return create(agent);
  }

  v1::KnowledgeEntry know(const std::string& title, const std::string& answer) {
    v1::CreateKnowledgeEntryRequest request;
    request.mutable_entry()->set_title(title);
    request.mutable_entry()->set_answer(answer);
    return rpc::call<v1::KnowledgeEntry>(
        staff, [&](auto* context, auto* reply) { return knowledge->CreateKnowledgeEntry(context, request, reply); });
  }

  std::string open() { return conversations.open(channel_id); }

  /// The customer writes; conversations stores it and says so.
  void say(const std::string& conversation_id, const std::string& body) {
    publish(conversations.hear(conversation_id, body));
  }

  void publish(const google::protobuf::Message& event) {
    app_.host().database().bus->publish({bus::make_event(event, staff)});
  }

  std::vector<v1::Turn> turns(const std::string& conversation_id) {
    v1::ListTurnsRequest request;
    request.set_conversation_id(conversation_id);
    const auto page = rpc::call<v1::ListTurnsResponse>(
        staff, [&](auto* context, auto* reply) { return agents->ListTurns(context, request, reply); });
    return {page.turns().begin(), page.turns().end()};
  }

  /// The newest turn, when there are so many.
  v1::Turn turn(const std::string& conversation_id, size_t how_many = 1) {
    eventually("turn " + std::to_string(how_many), [&] { return turns(conversation_id).size() >= how_many; });
    const auto all = turns(conversation_id);
    REQUIRE(all.size() == how_many);
    return all.front();
  }

  runtime::Host& host() { return app_.host(); }

  Conversations conversations;
  Directory directory;
  const Caller staff = Caller::service("test", new_id(), Trace::start());
  const std::string channel_id = new_id();
  std::unique_ptr<v1::Agents::Stub> agents;
  std::unique_ptr<v1::Knowledge::Stub> knowledge;

 private:
  template <class Service>
  static runtime::Module neighbour(const char* name, Service& service) {
    return {name,
            nullptr,
            [&service](runtime::Host& host) {
              host.serve(service);
              return std::shared_ptr<void>();
            },
            {}};
  }

  Config config(const Settings& settings) const {
    Config config;
    config.set("postgres.dsn", database_.app_dsn());
    config.set("http.port", "0");
    config.set("security.internal_key", to_base64(std::string(32, 'i')));
    config.set("security.vault_keys", "t1:" + to_base64(std::string(32, 'v')));
    config.set("log.level", "off");
    config.set("agents.debounce", "50ms");
    config.set("agents.allow_private_addresses", "true");
    for (const auto& [name, value] : settings) config.set(name, value);
    return config;
  }

  TestDatabase database_;
  SystemClock clock_;
  std::vector<runtime::Module> modules_;
  runtime::App app_;
};

}  // namespace centralita::agents::testing
