#pragma once

#include "libs/channels/channel.h"

/// Twilio's Programmable Messaging: WhatsApp and SMS (API 2010-04-01).
namespace centralita::channels::twilio {

const Adapter& adapter();

/// Whether the channel's address is one of WhatsApp's, "whatsapp:+57…".
bool is_whatsapp(const Channel& channel);

}  // namespace centralita::channels::twilio
