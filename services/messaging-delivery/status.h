#pragma once

#include "centralita/messaging/v1/messaging.pb.h"

namespace centralita::delivery {

/// The status after a provider's report: the one that is further on the way QUEUED, SENT, DELIVERED, READ; FAILED only
/// while the message has not arrived, and for ever. A provider that reports anything has the message, so the result is
/// never QUEUED unless nothing was reported.
messaging::v1::DeliveryStatus after_report(messaging::v1::DeliveryStatus now, messaging::v1::DeliveryStatus reported);

}  // namespace centralita::delivery
