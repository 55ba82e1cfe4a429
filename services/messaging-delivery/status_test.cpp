#include "services/messaging-delivery/status.h"

#include <catch2/catch.hpp>

using namespace centralita::messaging::v1;
using centralita::delivery::after_report;

TEST_CASE("a delivery's status never goes back") {
  struct Row {
    DeliveryStatus now, reported, after;
  };
  const Row rows[] = {
      {QUEUED, QUEUED, SENT},
      {QUEUED, SENT, SENT},
      {QUEUED, READ, READ},
      {QUEUED, FAILED, FAILED},
      {SENT, QUEUED, SENT},
      {SENT, SENT, SENT},
      {SENT, DELIVERED, DELIVERED},
      {SENT, FAILED, FAILED},
      {DELIVERED, SENT, DELIVERED},
      {DELIVERED, READ, READ},
      {READ, DELIVERED, READ},
      {DELIVERED, FAILED, DELIVERED},
      {READ, FAILED, READ},
      {FAILED, SENT, FAILED},
      {FAILED, DELIVERED, FAILED},
      {FAILED, FAILED, FAILED},
      {SENT, DELIVERY_STATUS_UNSPECIFIED, SENT},
  };
  for (const auto& row : rows) {
    CAPTURE(DeliveryStatus_Name(row.now), DeliveryStatus_Name(row.reported));
    CHECK(after_report(row.now, row.reported) == row.after);
  }
}
