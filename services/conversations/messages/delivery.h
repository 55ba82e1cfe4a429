#pragma once

#include "libs/bus/event.h"
#include "libs/bus/tx.h"

namespace centralita::conversations {

/// Hears messaging.v1.DeliveryUpdated: moves a message's status forward, learns the provider's id, and asks the staff
/// to look at what could not be delivered. Thread-safe.
class DeliveryHandler {
 public:
  explicit DeliveryHandler(bus::Database database) : database_(database) {}

  /// NOT_FOUND when the tenant has no such message.
  void handle(const bus::Event& event);

 private:
  bus::Database database_;
};

}  // namespace centralita::conversations
