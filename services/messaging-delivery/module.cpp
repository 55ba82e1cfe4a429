#include "services/messaging-delivery/module.h"

#include "centralita/accounts/v1/events.pb.h"
#include "centralita/messaging/v1/events.pb.h"
#include "libs/channels/directory.h"
#include "messaging_delivery_sql.h"
#include "services/messaging-delivery/service.h"

namespace centralita::delivery {
namespace {

Settings settings_of(const Config& config) {
  Settings settings;
  settings.public_url = config.text("public_url");
  settings.reconcile_after = config.duration("delivery.reconcile_after", settings.reconcile_after);
  settings.abandoned_after = config.duration("delivery.abandoned_after", settings.abandoned_after);
  settings.give_up_after = config.duration("delivery.give_up_after", settings.give_up_after);
  settings.unknown_report_after = config.duration("delivery.unknown_report_after", settings.unknown_report_after);
  return settings;
}

struct Parts {
  explicit Parts(runtime::Host& host)
      : directory(host.peers().at("accounts")),
        client({.allow_private_addresses = host.config().flag("delivery.allow_private_addresses", false)}),
        service(host.database(), directory, client, host.clock(), settings_of(host.config())) {}

  channels::Directory directory;
  http::Client client;
  Service service;
};

std::string topic_of(const google::protobuf::Message& event) { return bus::topic_of(*event.GetDescriptor()); }

std::shared_ptr<void> make(runtime::Host& host) {
  auto parts = std::make_shared<Parts>(host);
  const int concurrency = host.config().number("delivery.concurrency", 32, 1, 1'000);
  const auto hear = [&](const google::protobuf::Message& event, int handlers,
                        void (Service::*handle)(const bus::Event&)) {
    bus::SubscriptionOptions options;
    options.group = kName;
    options.topics = {topic_of(event)};
    options.concurrency = handlers;
    host.subscribe(std::move(options),
                   [&service = parts->service, handle](const bus::Event& said) { (service.*handle)(said); });
  };
  hear(messaging::v1::DeliveryRequested(), concurrency, &Service::deliver);
  hear(messaging::v1::DeliveryReported(), 8, &Service::report);
  hear(accounts::v1::ChannelChanged(), 1, &Service::forget);
  return parts;
}

}  // namespace

runtime::Module messaging_delivery_module() { return {kName, &messaging_delivery::sql::schema, make, {}}; }

}  // namespace centralita::delivery
