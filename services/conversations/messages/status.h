#pragma once

#include <optional>

#include "centralita/messaging/v1/messaging.pb.h"

namespace centralita::conversations {

/// Where a message of ours stands after a report, which may come late, twice or out of order: only forward along
/// QUEUED, SENT, DELIVERED, READ, and to FAILED only while nobody has said that it was delivered. Nothing when the
/// report changes nothing.
std::optional<messaging::v1::DeliveryStatus> advance(messaging::v1::DeliveryStatus from,
                                                     messaging::v1::DeliveryStatus reported);

}  // namespace centralita::conversations
