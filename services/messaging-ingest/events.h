#pragma once

#include <vector>

#include "libs/bus/event.h"
#include "libs/channels/channel.h"

/// From what a provider sends to facts on the bus; no I/O. A fact's id follows from what it says, so that a webhook
/// that the provider repeats says the same facts again, not others.
namespace centralita::ingest {

/// What is worth keeping of a request.
messaging::v1::RawRequest raw_of(const http::Request& request);
/// The request again, as far as a parser looks at it.
http::Request request_of(const messaging::v1::RawRequest& raw);

/// What the webhook says, as events; empty when there is nothing to act on. INVALID_ARGUMENT when it cannot be read.
std::vector<bus::Event> read(const channels::Adapter& adapter, const channels::Channel& channel,
                             const messaging::v1::RawRequest& raw, const http::Request& request, Time received_at,
                             const Caller& caller);

/// The event for a webhook that could not be read.
bus::Event unread(const channels::Channel& channel, const messaging::v1::RawRequest& raw, const Caller& caller);

}  // namespace centralita::ingest
