#include "services/messaging-ingest/module.h"

#include "centralita/accounts/v1/events.pb.h"
#include "centralita/messaging/v1/events.pb.h"
#include "libs/channels/directory.h"
#include "services/messaging-ingest/webhooks.h"

namespace centralita::ingest {
namespace {

struct Parts {
  explicit Parts(runtime::Host& host)
      : directory(host.peers().at("accounts")), webhooks(directory, *host.database().bus, host.clock()) {}

  channels::Directory directory;
  Webhooks webhooks;
};

std::shared_ptr<void> make(runtime::Host& host) {
  auto parts = std::make_shared<Parts>(host);
  parts->webhooks.add_routes(host.http(),
                             static_cast<size_t>(host.config().number("ingest.max_body", 1 << 20, 1 << 10, 64 << 20)));
  const auto hear = [&](const google::protobuf::Message& event, bus::Handler handler) {
    bus::SubscriptionOptions options;
    options.group = kName;
    options.topics = {bus::topic_of(*event.GetDescriptor())};
    options.concurrency = 1;
    host.subscribe(std::move(options), std::move(handler));
  };
  hear(messaging::v1::InboundUnread(),
       [parts = parts.get()](const bus::Event& event) { parts->webhooks.reread(event); });
  hear(accounts::v1::ChannelChanged(), [parts = parts.get()](const bus::Event& event) {
    parts->directory.forget(bus::parse<accounts::v1::ChannelChanged>(event).channel_id());
  });
  return parts;
}

}  // namespace

runtime::Module messaging_ingest_module() { return {kName, nullptr, make, {}}; }

}  // namespace centralita::ingest
