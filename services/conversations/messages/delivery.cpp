#include "services/conversations/messages/delivery.h"

#include "centralita/conversations/v1/events.pb.h"
#include "centralita/messaging/v1/events.pb.h"
#include "libs/base/error.h"
#include "libs/rpc/time.h"
#include "services/conversations/messages/status.h"
#include "services/conversations/messages/store.h"
#include "services/conversations/threads/store.h"

namespace centralita::conversations {
namespace {

using messaging::v1::DeliveryUpdated;

/// What the report says, over what is known; whether anything is new.
bool apply(const DeliveryUpdated& report, Time at, v1::Message& message) {
  bool news = false;
  if (!report.provider_message_id().empty() && message.provider_message_id().empty()) {
    message.set_provider_message_id(report.provider_message_id());
    news = true;
  }
  if (const auto status = advance(message.status(), report.status())) {
    message.set_status(*status);
    if (*status == messaging::v1::FAILED) *message.mutable_failure() = report.failure();
    if (*status == messaging::v1::READ) *message.mutable_read_at() = rpc::to_proto(at);
    news = true;
  }
  return news;
}

void ask_to_look(bus::Tx& tx, Thread& thread, const messaging::v1::Failure& failure) {
  thread.conversation.set_requires_attention(true);
  thread.conversation.set_attention_reason("No se pudo entregar un mensaje. " + failure.reason());
  save(tx, thread);
}

}  // namespace

void DeliveryHandler::handle(const bus::Event& event) {
  const auto report = bus::parse<DeliveryUpdated>(event);
  bus::Tx tx{database_, bus::caller_of(event, "conversations"), event, "conversations"};
  if (!tx.first_time()) return;
  auto message = lock_message(tx, report.message_id());
  if (!message) throw not_found("message");
  const auto former = message->status();
  if (apply(report, event.time, *message)) {
    update_message(tx, *message);
    auto thread = find_thread(tx, message->conversation_id()).value();
    if (!report.provider_message_id().empty())
      claim_provider_message(tx, thread.conversation.channel_id(), report.provider_message_id(), message->id());
    if (message->status() == messaging::v1::FAILED && former != messaging::v1::FAILED) {
      thread = lock_thread(tx, message->conversation_id()).value();
      ask_to_look(tx, thread, message->failure());
    }
    v1::MessageStatusChanged changed;
    *changed.mutable_message() = *message;
    tx.publish(changed);
  }
  tx.commit();
}

}  // namespace centralita::conversations
