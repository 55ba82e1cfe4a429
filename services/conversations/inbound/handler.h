#pragma once

#include "centralita/messaging/v1/events.pb.h"
#include "libs/bus/event.h"
#include "libs/bus/tx.h"
#include "libs/channels/directory.h"

namespace centralita::conversations {

/// Hears messaging.v1.InboundReceived: finds or creates customer and conversation and stores the message, each once,
/// whatever arrives at the same time or again. Thread-safe.
class InboundHandler {
 public:
  InboundHandler(bus::Database database, channels::Directory& directory) : database_(database), directory_(directory) {}

  /// NOT_FOUND when the tenant has no such channel (any more): the event is for the dead letters.
  void handle(const bus::Event& event);

 private:
  bus::Database database_;
  channels::Directory& directory_;
};

}  // namespace centralita::conversations
