#pragma once

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "centralita/accounts/v1/events.pb.h"
#include "libs/base/id.h"
#include "libs/bus/postgres/postgres_bus.h"
#include "libs/channels/directory.h"
#include "libs/runtime/app.h"
#include "messaging_delivery_sql.h"
#include "services/messaging-delivery/module.h"
#include "services/messaging-delivery/service.h"
#include "services/messaging-delivery/store.h"
#include "tests/support/database.h"
#include "tests/support/fake_accounts.h"
#include "tests/support/eventually.h"
#include "tests/support/simulator/simulator.h"

namespace centralita::delivery {

namespace v1 = messaging::v1;
using namespace std::chrono_literals;
using Json = nlohmann::json;

inline constexpr char kAddress[] = "whatsapp:+573001112233";
inline constexpr auto kReconcileAfter = 200ms;

/// The module over a real database, bus, connection to accounts and a simulated provider, and what it says on the bus.
class Line {
 public:
  explicit Line(const std::string& setting = "", const std::string& value = "") {
    config_.set("postgres.dsn", database.app_dsn());
    config_.set("http.port", "0");
    config_.set("security.internal_key", to_base64(std::string(32, 'i')));
    config_.set("security.vault_keys", "t1:" + to_base64(std::string(32, 'v')));
    config_.set("log.level", "off");
    config_.set("peers.accounts", accounts.address());
    config_.set("delivery.allow_private_addresses", "true");
    config_.set("delivery.reconcile_after", "200ms");
    config_.set("delivery.abandoned_after", "200ms");
    if (!setting.empty()) config_.set(setting, value);
    channel = new_channel();
    app_ = std::make_unique<runtime::App>(config_, modules_, clock_);
    app_->start();
    updates_from_ =
        bus().subscribe({.group = "test", .topics = {"messaging.result.v1"}}, [this](const bus::Event& event) {
          const std::lock_guard lock(mutex_);
          updates_.push_back(bus::parse<v1::DeliveryUpdated>(event));
        });
  }

  accounts::v1::ResolvedChannel new_channel(const std::string& tenant = new_id()) {
    accounts::v1::ResolvedChannel resolved;
    resolved.set_tenant_id(tenant);
    auto& made = *resolved.mutable_channel();
    made.set_id(new_id());
    made.set_kind("twilio");
    made.set_enabled(true);
    made.set_address(kAddress);
    made.mutable_settings()->insert({{"accountSid", "AC1"},
                                     {"address", kAddress},
                                     {"apiBaseUrl", "http://127.0.0.1:" + std::to_string(provider_.port())}});
    resolved.mutable_credentials()->insert({"authToken", "token"});
    accounts.put(resolved);
    return resolved;
  }

  v1::DeliveryRequested message(const std::string& body, const std::string& conversation = new_id(),
                                const std::string& phone = "+573005556677") const {
    v1::DeliveryRequested request;
    request.set_message_id(new_id());
    request.set_conversation_id(conversation);
    request.set_channel_id(channel.channel().id());
    request.set_recipient("whatsapp:" + phone);
    request.mutable_content()->set_body(body);
    return request;
  }

  v1::DeliveryReported report(const v1::DeliveryRequested& request, v1::DeliveryStatus status) const {
    v1::DeliveryReported report;
    report.set_channel_id(request.channel_id());
    report.set_message_id(request.message_id());
    report.set_provider_message_id("SM-" + request.message_id());
    report.set_status(status);
    return report;
  }

  void say(const google::protobuf::Message& event, const std::string& tenant = "") {
    bus().publish({bus::make_event(event, caller(tenant))});
  }

  /// Makes the provider behave: see tests/support/simulator/README.md.
  void behave(Json behaviour) {
    behaviour["provider"] = "twilio";
    http::ClientRequest request;
    request.method = "POST";
    request.url = provider_url() + "/_behaviour";
    request.headers["Content-Type"] = "application/json";
    request.body = behaviour.dump();
    REQUIRE(client_.send(request).ok());
  }

  /// Bodies of what the provider has, in its order.
  std::vector<std::string> sent(const std::string& phone = "+573005556677") {
    std::vector<std::string> bodies;
    for (const auto& one : calls())
      if (one["accepted"] == true && one["form"].value("To", "") == "whatsapp:" + phone)
        bodies.push_back(one["form"].value("Body", ""));
    return bodies;
  }
  Json calls() {
    http::ClientRequest request;
    request.url = provider_url() + "/_sent?after=0";
    const auto response = client_.send(request);
    REQUIRE(response.ok());
    return Json::parse(response.body);
  }

  /// What was said about this message so far.
  std::vector<v1::DeliveryUpdated> updates(const v1::DeliveryRequested& request) {
    const std::lock_guard lock(mutex_);
    std::vector<v1::DeliveryUpdated> found;
    for (const auto& update : updates_)
      if (update.message_id() == request.message_id()) found.push_back(update);
    return found;
  }
  /// Waits until the message has come so far; a provider that is asked may know that it has come further than SENT.
  v1::DeliveryUpdated until(const v1::DeliveryRequested& request, v1::DeliveryStatus status) {
    v1::DeliveryUpdated reached;
    tests::eventually("the message to be " + v1::DeliveryStatus_Name(status), [&] {
      for (const auto& update : updates(request))
        if (update.status() == status || (status == v1::SENT && update.status() == v1::DELIVERED))
          return reached = update, true;
      return false;
    });
    return reached;
  }
  std::vector<v1::DeliveryStatus> statuses(const v1::DeliveryRequested& request) {
    std::vector<v1::DeliveryStatus> all;
    for (const auto& update : updates(request)) all.push_back(update.status());
    return all;
  }
  /// Waits until everything that was said has been handled.
  void settle() {
    tests::eventually("the bus to be idle", [&] {
      const auto lag = bus().lag();
      return std::all_of(lag.begin(), lag.end(), [](const auto& group) { return group.second == 0; });
    });
  }

  /// Leaves behind what a process leaves that dies while it calls the provider.
  void leave_open_attempt(const v1::DeliveryRequested& request) {
    const auto now = clock_.now();
    pg::Tx tx(pool_, channel.tenant_id());
    auto row = hear(tx, request, now);
    open_attempt(tx, row, now, now + kReconcileAfter);
    tx.commit();
  }
  Delivery row(const v1::DeliveryRequested& request) {
    pg::Tx tx(pool_, channel.tenant_id());
    return lock_delivery(tx, request.message_id());
  }

  /// Sends past the module, as the process did that died afterwards.
  void send_directly(const v1::DeliveryRequested& request) {
    channels::Channel facts{channel.channel().id(), channel.tenant_id(), "twilio", "CO"};
    facts.settings = {channel.channel().settings().begin(), channel.channel().settings().end()};
    facts.credentials = {channel.credentials().begin(), channel.credentials().end()};
    const auto result = channels::find_adapter("twilio")->send(
        client_, facts, {request.message_id(), request.recipient(), "", request.content(), ""});
    REQUIRE(std::holds_alternative<channels::Sent>(result));
  }

  bus::Database app_database() { return app_->host().database(); }
  bus::Bus& bus() { return *app_->host().database().bus; }
  Caller caller(const std::string& tenant = "") const {
    return Caller::service("test", tenant.empty() ? channel.tenant_id() : tenant, Trace::start());
  }

  const TestDatabase database{{&bus::schema(), &messaging_delivery::sql::schema}};
  tests::FakeAccounts accounts;
  accounts::v1::ResolvedChannel channel;

 private:
  std::string provider_url() const { return "http://127.0.0.1:" + std::to_string(provider_.port()); }

  const SystemClock clock_;
  const std::vector<runtime::Module> modules_{delivery::messaging_delivery_module()};
  simulator::Simulator provider_;
  http::Client client_{{.allow_private_addresses = true}};
  pg::Pool pool_{{.dsn = database.app_dsn()}, {&messaging_delivery::sql::schema}};
  Config config_;
  std::mutex mutex_;
  std::vector<v1::DeliveryUpdated> updates_;
  std::unique_ptr<runtime::App> app_;
  std::unique_ptr<bus::Subscription> updates_from_;
};

}  // namespace centralita::delivery
