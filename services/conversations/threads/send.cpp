#include "services/conversations/threads/send.h"

#include "centralita/conversations/v1/events.pb.h"
#include "centralita/messaging/v1/events.pb.h"
#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/rpc/client.h"
#include "libs/text/phone.h"
#include "services/conversations/customers/recognise.h"
#include "services/conversations/messages/store.h"
#include "services/conversations/threads/outgoing.h"
#include "services/conversations/threads/store.h"

namespace centralita::conversations {
namespace {

Error no_channel(const std::string& message) { return {Code::kFailedPrecondition, "NO_CHANNEL", message}; }

/// The conversation in which we write to a phone: the customer's open one on the channel, else a new one.
Thread thread_with(bus::Tx& tx, const channels::Resolved& channel, const text::Phone& phone) {
  const Identity identity{"phone", phone.e164, phone.match};
  v1::Conversation conversation;
  conversation.set_customer_id(recognise(tx, {&identity, 1}, "", Stranger::kBecomesCustomer).value());
  conversation.set_channel_id(channel.channel.id);
  conversation.set_medium(channel.facts.channel().medium());
  const auto former = newest_thread_on_channel(tx, conversation.customer_id(), channel.channel.id);
  if (former) {
    conversation.set_address(former->conversation.address());
  } else {
    const auto recipient = channel.adapter->recipient(channel.channel, phone.e164);
    if (!recipient) throw no_channel("This channel cannot write to a phone that has not written to it.");
    conversation.set_address(*recipient);
  }
  return open_thread(tx, conversation, former ? former->provider_conversation_id : "");
}

/// Opens a resolved conversation again, unless a newer one has taken its place.
void reopen(pg::Tx& tx, Thread& thread) {
  auto& conversation = thread.conversation;
  if (conversation.status() == v1::Conversation::OPEN) return;
  if (lock_open_thread(tx, conversation.customer_id(), conversation.channel_id()))
    throw Error(Code::kFailedPrecondition, "CONVERSATION_RESOLVED",
                "The conversation is resolved, and the customer has a newer one on the channel.");
  conversation.set_status(v1::Conversation::OPEN);
}

void hand_to(const Writer& writer, v1::Conversation& conversation) {
  if (writer.author == v1::Message::AGENT) {
    if (conversation.handler() == v1::Conversation::PERSON)
      throw Error(Code::kFailedPrecondition, "HANDLED_BY_PERSON", "A person answers this conversation.");
    return;
  }
  conversation.set_handler(v1::Conversation::PERSON);
  conversation.set_requires_attention(false);
  conversation.clear_attention_reason();
}

void announce(bus::Tx& tx, const Thread& thread, const v1::Message& message) {
  const auto& conversation = thread.conversation;
  v1::MessageSent sent;
  *sent.mutable_message() = message;
  sent.set_channel_id(conversation.channel_id());
  tx.publish(sent);

  messaging::v1::DeliveryRequested requested;
  requested.set_message_id(message.id());
  requested.set_conversation_id(conversation.id());
  requested.set_channel_id(conversation.channel_id());
  requested.set_recipient(conversation.address());
  requested.set_provider_conversation_id(thread.provider_conversation_id);
  *requested.mutable_content() = message.content();
  tx.publish(requested);
}

}  // namespace

Sender::Sender(bus::Database database, channels::Directory& directory, std::shared_ptr<grpc::Channel> accounts)
    : database_(database), directory_(directory), channels_(accounts::v1::Channels::NewStub(std::move(accounts))) {}

v1::Message Sender::send(const rpc::Call& call, const v1::SendMessageRequest& request) {
  const auto writer = writer_of(call, request);
  require(is_text(request.request_id()) && request.request_id().size() <= 200, "requestId",
          "must be a text of at most 200 bytes");
  const auto& reference = request.reference();
  require(is_text(reference.kind()) && is_text(reference.id()) && reference.kind().size() <= 100 &&
              reference.id().size() <= 200 && reference.kind().empty() == reference.id().empty(),
          "reference", "must have a kind and an id, or neither");
  v1::Message message;
  message.set_id(new_id());
  message.set_direction(v1::Message::OUTBOUND);
  message.set_author(writer.author);
  message.set_author_id(writer.id);
  message.set_status(messaging::v1::QUEUED);
  *message.mutable_content() = content_of(request);

  const auto service = Caller::service("conversations", call.tenant_id, call.trace);
  const auto to_phone = request.conversation_id().empty();
  require(!to_phone || !request.to().empty(), "to", "a message needs a conversation or a phone to go to");
  const auto channel = !to_phone                      ? channel_of(service, request.conversation_id())
                       : request.channel_id().empty() ? first_channel(service, request.medium())
                                                      : directory_.by_id(service, request.channel_id());
  if (!channel || channel->facts.tenant_id() != call.tenant_id) throw no_channel("There is no channel to carry it.");
  if (!channel->facts.channel().enabled())
    throw Error(Code::kFailedPrecondition, "CHANNEL_DISABLED", "The channel is disabled.");
  const auto phone = to_phone ? text::parse_phone(request.to(), channel->channel.region) : std::nullopt;
  require(!to_phone || phone, "to", "must be a phone number that names its country");

  bus::Tx tx{database_, call};
  if (!request.request_id().empty())
    if (auto first = claim_request(tx, request.request_id(), message.id())) return std::move(*first);
  auto found = to_phone ? thread_with(tx, *channel, *phone) : lock_thread(tx, request.conversation_id());
  if (!found) throw not_found("conversation");
  auto& thread = *found;
  hand_to(writer, thread.conversation);
  reopen(tx, thread);
  if (!reference.kind().empty()) *thread.conversation.mutable_reference() = reference;
  append(tx, thread, message);
  save(tx, thread);
  announce(tx, thread, message);
  tx.commit();
  return message;
}

Sender::Resolved Sender::channel_of(const Caller& service, const std::string& conversation_id) const {
  std::string channel_id;
  {
    pg::Tx tx{*database_.pool, service.tenant_id};
    const auto thread = find_thread(tx, conversation_id);
    if (!thread) throw not_found("conversation");
    channel_id = thread->conversation.channel_id();
  }
  return directory_.by_id(service, channel_id);
}

Sender::Resolved Sender::first_channel(const Caller& service, const std::string& medium) const {
  std::string disabled;
  accounts::v1::ListChannelsRequest request;
  request.set_page_size(200);
  do {
    const auto page = rpc::call<accounts::v1::ListChannelsResponse>(
        service, [&](auto* context, auto* reply) { return channels_->ListChannels(context, request, reply); });
    for (const auto& channel : page.channels()) {
      const auto fits = medium.empty() ? channel.medium() != "chat" : channel.medium() == medium;
      if (fits && channel.enabled()) return directory_.by_id(service, channel.id());
      if (fits && disabled.empty()) disabled = channel.id();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return disabled.empty() ? nullptr : directory_.by_id(service, disabled);
}

}  // namespace centralita::conversations
