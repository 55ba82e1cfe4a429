#include "services/conversations/unmatched/service.h"

#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/rpc/page.h"
#include "libs/rpc/serve.h"
#include "services/conversations/customers/store.h"
#include "services/conversations/inbound/intake.h"
#include "services/conversations/messages/store.h"
#include "services/conversations/unmatched/store.h"

namespace centralita::conversations {
namespace {

v1::UnmatchedMessage to_message(const Unmatched& unmatched) {
  const auto& inbound = unmatched.inbound;
  v1::UnmatchedMessage message;
  message.set_id(unmatched.id);
  message.set_channel_id(inbound.channel_id());
  message.set_sender(inbound.sender());
  message.set_profile_name(inbound.profile_name());
  *message.mutable_identities() = inbound.identities();
  *message.mutable_content() = inbound.content();
  *message.mutable_received_at() = inbound.received_at();
  return message;
}

}  // namespace

grpc::Status UnmatchedService::ListUnmatchedMessages(grpc::ServerContext* context,
                                                     const v1::ListUnmatchedMessagesRequest* request,
                                                     v1::ListUnmatchedMessagesResponse* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const auto size = rpc::page_size(request->page_size());
    const auto token = rpc::read_page_token(request->page_token(), 1);
    const auto after = token ? token->front() : first_id(Time{});
    require(is_id(after), "pageToken", "must be a nextPageToken of an earlier answer to the same list");
    pg::Tx tx{*database_.pool, call.tenant_id};
    for (const auto& unmatched : list_unmatched(tx, after, size + 1)) *response->add_messages() = to_message(unmatched);
    if (response->messages_size() <= size) return;
    response->mutable_messages()->RemoveLast();
    response->set_next_page_token(rpc::page_token({response->messages(size - 1).id()}));
  });
}

grpc::Status UnmatchedService::LinkUnmatchedMessage(grpc::ServerContext* context,
                                                    const v1::LinkUnmatchedMessageRequest* request,
                                                    v1::Customer* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const auto named = [&] {
      pg::Tx tx{*database_.pool, call.tenant_id};
      auto unmatched = find_unmatched(tx, request->id());
      if (!unmatched) throw not_found("unmatched message");
      return std::move(unmatched->inbound);
    }();
    const auto service = Caller::service("conversations", call.tenant_id, call.trace);
    const auto channel = directory_.by_id(service, named.channel_id());
    if (!channel) throw Error(Code::kFailedPrecondition, "NO_CHANNEL", "The channel that it arrived on is gone.");

    bus::Tx tx{database_, call};
    lock_sender(tx, named.channel_id(), named.sender());
    const auto customer = lock_customer(tx, request->customer_id());
    if (!customer) throw not_found("customer");
    const auto waiting = take_unmatched(tx, named.channel_id(), named.sender());
    if (waiting.empty()) throw not_found("unmatched message");
    give_identities(tx, customer->id(), sender_of(*channel, named));
    learn(tx, customer->id(), sender_of(*channel, named), named.profile_name());
    for (const auto& unmatched : waiting) {
      const auto& inbound = unmatched.inbound;
      // Where it lies among the messages follows from its id, so that it gets a new one, of this moment.
      const auto message_id = new_id();
      move_provider_message(tx, inbound.channel_id(), inbound.provider_message_id(), message_id);
      receive(tx, *channel, customer->id(), inbound, message_id);
    }
    *response = find_customer(tx, customer->id()).value();
    tx.commit();
  });
}

}  // namespace centralita::conversations
