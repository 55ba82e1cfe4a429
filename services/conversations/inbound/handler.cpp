#include "services/conversations/inbound/handler.h"

#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/base/metrics.h"
#include "services/conversations/inbound/echo.h"
#include "services/conversations/inbound/intake.h"
#include "services/conversations/messages/store.h"
#include "services/conversations/unmatched/store.h"

namespace centralita::conversations {
namespace {

constexpr const char* kGroup = "conversations";

/// What became of a customer's message: a constant word, for the figures.
const char* store(bus::Tx& tx, const channels::Resolved& channel, const messaging::v1::InboundReceived& inbound) {
  const auto message_id = new_id();
  if (!claim_provider_message(tx, channel.channel.id, inbound.provider_message_id(), message_id)) return "duplicate";
  const auto sender = sender_of(channel, inbound);
  auto customer = recognise(tx, sender, inbound.profile_name(), stranger_on(channel));
  if (!customer) {
    // Whoever is linking this sender at this moment either takes this message along or is seen here.
    lock_sender(tx, channel.channel.id, inbound.sender());
    customer = recognise(tx, sender, inbound.profile_name(), stranger_on(channel));
  }
  if (!customer) {
    keep_unmatched(tx, message_id, inbound);
    return "unmatched";
  }
  receive(tx, channel, *customer, inbound, message_id);
  return "stored";
}

}  // namespace

void InboundHandler::handle(const bus::Event& event) {
  auto inbound = bus::parse<messaging::v1::InboundReceived>(event);
  inbound.clear_raw();
  std::erase(*inbound.mutable_profile_name(), '\0');
  require(!inbound.provider_message_id().empty(), "providerMessageId", "is what makes a message come once");
  const auto caller = bus::caller_of(event, "conversations");
  const auto channel = directory_.by_id(caller, inbound.channel_id());
  if (!channel || channel->facts.tenant_id() != event.tenant_id) throw not_found("channel");

  bus::Tx tx{database_, caller, event, kGroup};
  if (!tx.first_time()) return;
  const auto* const outcome = inbound.echo() ? store_echo(tx, *channel, inbound) : store(tx, *channel, inbound);
  tx.commit();
  metrics::counter("centralita_inbound_total", "Messages from providers.", {{"outcome", outcome}}).add();
}

}  // namespace centralita::conversations
