#include "services/conversations/inbound/echo.h"

#include "centralita/conversations/v1/events.pb.h"
#include "libs/base/clock.h"
#include "libs/base/id.h"
#include "services/conversations/customers/store.h"
#include "services/conversations/inbound/intake.h"
#include "services/conversations/messages/store.h"

namespace centralita::conversations {
namespace {

using messaging::v1::InboundReceived;

/// How long after a message of ours the same words may be its echo. The provider's answer to our request, which tells
/// the id, may come after it.
constexpr auto kEchoWindow = std::chrono::minutes{10};

/// The message of ours that this is the echo of. Locked.
std::optional<v1::Message> ours(pg::Tx& tx, const channels::Resolved& channel, const InboundReceived& inbound) {
  if (!inbound.message_id().empty())
    if (auto message = lock_message(tx, inbound.message_id()); message && message->direction() == v1::Message::OUTBOUND)
      return message;
  for (const auto& owner : find_owners(tx, sender_of(channel, inbound))) {
    if (owner.customer_id.empty()) continue;
    const auto thread = newest_thread_on_channel(tx, owner.customer_id, channel.channel.id);
    if (!thread) return {};
    return lock_sent_without_echo(tx, thread->conversation.id(), SystemClock{}.now() - kEchoWindow,
                                  inbound.content().body());
  }
  return {};
}

void store_external(bus::Tx& tx, const channels::Resolved& channel, const std::string& customer_id,
                    const InboundReceived& inbound, const std::string& message_id) {
  auto thread = thread_of(tx, channel, customer_id, inbound);
  v1::MessageSent sent;
  auto& message = *sent.mutable_message();
  message.set_id(message_id);
  message.set_direction(v1::Message::OUTBOUND);
  message.set_author(v1::Message::EXTERNAL);
  message.set_status(messaging::v1::SENT);
  *message.mutable_content() = inbound.content();
  message.set_provider_message_id(inbound.provider_message_id());
  if (inbound.has_sent_at()) *message.mutable_sent_at() = inbound.sent_at();
  append(tx, thread, message);
  thread.conversation.set_handler(v1::Conversation::PERSON);
  thread.conversation.set_requires_attention(false);
  thread.conversation.clear_attention_reason();
  save(tx, thread);
  sent.set_channel_id(channel.channel.id);
  tx.publish(sent);
}

}  // namespace

const char* store_echo(bus::Tx& tx, const channels::Resolved& channel, const InboundReceived& inbound) {
  const auto& channel_id = channel.channel.id;
  const auto& once = inbound.provider_message_id();
  if (find_provider_message(tx, channel_id, once)) return "echo_known";
  if (auto message = ours(tx, channel, inbound)) {
    if (claim_provider_message(tx, channel_id, once, message->id())) {
      message->set_provider_message_id(inbound.provider_message_id());
      update_message(tx, *message);
    }
    return "echo_of_ours";
  }
  const auto message_id = new_id();
  if (!claim_provider_message(tx, channel_id, once, message_id)) return "echo_known";
  const auto customer = recognise(tx, sender_of(channel, inbound), inbound.profile_name(), stranger_on(channel));
  if (!customer) return "echo_to_stranger";
  store_external(tx, channel, *customer, inbound, message_id);
  return "echo";
}

}  // namespace centralita::conversations
