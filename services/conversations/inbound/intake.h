#pragma once

#include <optional>
#include <string>
#include <vector>

#include "centralita/messaging/v1/events.pb.h"
#include "libs/bus/tx.h"
#include "libs/channels/directory.h"
#include "services/conversations/customers/identity.h"
#include "services/conversations/customers/recognise.h"
#include "services/conversations/threads/store.h"

/// What is common to everything that arrives: who it is from, and where it is put.
namespace centralita::conversations {

/// Everything by which the sender is known, strongest first; never empty.
std::vector<Identity> sender_of(const channels::Resolved& channel, const messaging::v1::InboundReceived& inbound);
/// What becomes of somebody unknown who writes on this channel.
Stranger stranger_on(const channels::Resolved& channel);

/// The customer's open conversation on the channel, locked, with the addresses as the provider gave them last.
Thread thread_of(pg::Tx& tx, const channels::Resolved& channel, const std::string& customer_id,
                 const messaging::v1::InboundReceived& inbound);

/// Stores what the customer wrote as the newest message of their open conversation, and says so. The caller has made
/// the provider's id that of `message_id`.
void receive(bus::Tx& tx, const channels::Resolved& channel, const std::string& customer_id,
             const messaging::v1::InboundReceived& inbound, const std::string& message_id);

}  // namespace centralita::conversations
