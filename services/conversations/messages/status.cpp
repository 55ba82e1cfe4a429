#include "services/conversations/messages/status.h"

namespace centralita::conversations {

using messaging::v1::DeliveryStatus;

std::optional<DeliveryStatus> advance(DeliveryStatus from, DeliveryStatus reported) {
  if (from == messaging::v1::FAILED) return {};
  if (reported == messaging::v1::FAILED && from > messaging::v1::SENT) return {};
  if (reported <= from || reported > messaging::v1::FAILED) return {};
  return reported;
}

}  // namespace centralita::conversations
