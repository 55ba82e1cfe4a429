#include "services/messaging-delivery/status.h"

#include <algorithm>

namespace centralita::delivery {

using messaging::v1::DeliveryStatus;

DeliveryStatus after_report(DeliveryStatus now, DeliveryStatus reported) {
  if (now == messaging::v1::FAILED || reported == messaging::v1::DELIVERY_STATUS_UNSPECIFIED) return now;
  if (reported == messaging::v1::FAILED) return now < messaging::v1::DELIVERED ? reported : now;
  return std::max({now, reported, messaging::v1::SENT});
}

}  // namespace centralita::delivery
