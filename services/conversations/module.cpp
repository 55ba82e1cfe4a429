#include "services/conversations/module.h"

#include "centralita/accounts/v1/events.pb.h"
#include "centralita/messaging/v1/events.pb.h"
#include "conversations_sql.h"
#include "libs/channels/directory.h"
#include "services/conversations/customers/service.h"
#include "services/conversations/inbound/handler.h"
#include "services/conversations/messages/delivery.h"
#include "services/conversations/partitions.h"
#include "services/conversations/threads/service.h"
#include "services/conversations/unmatched/service.h"

namespace centralita::conversations {
namespace {

template <class Event>
bool is(const bus::Event& event) {
  return event.type == Event::descriptor()->full_name();
}

struct Parts {
  explicit Parts(runtime::Host& host)
      : accounts(host.peers().at("accounts")),
        directory(accounts),
        partitions(*host.database().pool),
        customers(host.database(), accounts),
        conversations(host.database(), directory, accounts),
        unmatched(host.database(), directory),
        inbound(host.database(), directory),
        delivery(host.database()) {
    host.serve(customers);
    host.serve(conversations);
    host.serve(unmatched);
    host.subscribe({.group = "conversations",
                    .topics = {bus::topic_of(*messaging::v1::InboundReceived::descriptor()),
                               bus::topic_of(*messaging::v1::DeliveryUpdated::descriptor()),
                               bus::topic_of(*accounts::v1::ChannelChanged::descriptor())}},
                   [this](const bus::Event& event) { hear(event); });
  }

  void hear(const bus::Event& event) {
    if (is<messaging::v1::InboundReceived>(event)) inbound.handle(event);
    if (is<messaging::v1::DeliveryUpdated>(event)) delivery.handle(event);
    if (is<accounts::v1::ChannelChanged>(event))
      directory.forget(bus::parse<accounts::v1::ChannelChanged>(event).channel_id());
  }

  std::shared_ptr<grpc::Channel> accounts;
  channels::Directory directory;
  Partitions partitions;
  CustomerService customers;
  ConversationService conversations;
  UnmatchedService unmatched;
  InboundHandler inbound;
  DeliveryHandler delivery;
};

}  // namespace

runtime::Module conversations_module() {
  return {"conversations", &sql::schema, [](runtime::Host& host) { return std::make_shared<Parts>(host); }, {}};
}

}  // namespace centralita::conversations
