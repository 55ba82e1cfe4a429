#include "services/conversations/inbound/intake.h"

#include "centralita/conversations/v1/events.pb.h"

namespace centralita::conversations {

std::vector<Identity> sender_of(const channels::Resolved& channel, const messaging::v1::InboundReceived& inbound) {
  const std::vector<const messaging::v1::Identity*> given(inbound.identities().pointer_begin(),
                                                          inbound.identities().pointer_end());
  return identities_of_sender(given, channel.channel.id, inbound.sender(), channel.channel.region);
}

Stranger stranger_on(const channels::Resolved& channel) {
  return channel.facts.channel().customer_creation() == accounts::v1::Channel::EXISTING_ONLY
             ? Stranger::kStaysUnknown
             : Stranger::kBecomesCustomer;
}

Thread thread_of(pg::Tx& tx, const channels::Resolved& channel, const std::string& customer_id,
                 const messaging::v1::InboundReceived& inbound) {
  v1::Conversation conversation;
  conversation.set_customer_id(customer_id);
  conversation.set_channel_id(channel.channel.id);
  conversation.set_medium(channel.facts.channel().medium());
  conversation.set_address(inbound.sender());
  auto thread = open_thread(tx, conversation, inbound.provider_conversation_id());
  thread.conversation.set_address(inbound.sender());
  if (!inbound.provider_conversation_id().empty()) thread.provider_conversation_id = inbound.provider_conversation_id();
  return thread;
}

void receive(bus::Tx& tx, const channels::Resolved& channel, const std::string& customer_id,
             const messaging::v1::InboundReceived& inbound, const std::string& message_id) {
  auto thread = thread_of(tx, channel, customer_id, inbound);
  v1::MessageReceived received;
  auto& message = *received.mutable_message();
  message.set_id(message_id);
  message.set_direction(v1::Message::INBOUND);
  message.set_author(v1::Message::CUSTOMER);
  *message.mutable_content() = inbound.content();
  message.set_provider_message_id(inbound.provider_message_id());
  if (inbound.has_sent_at()) *message.mutable_sent_at() = inbound.sent_at();
  append(tx, thread, message);
  thread.conversation.set_unread_count(thread.conversation.unread_count() + 1);
  save(tx, thread);
  received.set_channel_id(channel.channel.id);
  received.set_handler(thread.conversation.handler());
  tx.publish(received);
}

}  // namespace centralita::conversations
