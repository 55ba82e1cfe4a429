#pragma once

#include <string>

#include "centralita/messaging/v1/events.pb.h"
#include "libs/bus/tx.h"
#include "libs/channels/directory.h"

namespace centralita::conversations {

/// An echo is a message of the business that the provider tells us about. Ours come back too: then only the provider's
/// id is learnt. What the business's people wrote with the provider's own tool is stored, and takes the conversation
/// over from the AI; to somebody who stays unknown on this channel it is left alone. Returns what became of it: a
/// constant word, for the figures.
const char* store_echo(bus::Tx& tx, const channels::Resolved& channel, const messaging::v1::InboundReceived& inbound);

}  // namespace centralita::conversations
