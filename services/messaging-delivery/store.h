#pragma once

#include <optional>
#include <set>
#include <string>

#include "centralita/messaging/v1/events.pb.h"
#include "libs/pg/pg.h"

/// The rows of deliveries and their attempts. Every function works within its caller's transaction.
namespace centralita::delivery {

/// A message on its way to its provider.
struct Delivery {
  std::string message_id;
  std::string conversation_id;
  std::string channel_id;
  std::string recipient;
  messaging::v1::DeliveryStatus status = messaging::v1::QUEUED;
  std::string provider_message_id;  ///< "" until the provider has given one.
  int attempts = 0;
  Time attempt_started_at;  ///< Of the newest attempt.
  /// Set while an attempt is open: its outcome is not known, and from then on the provider may be asked for it.
  std::optional<Time> reconcile_at;
  Time created_at;

  bool settled() const { return status != messaging::v1::QUEUED; }
};

/// How an attempt ended, as it is kept.
enum class Outcome { kSent, kRejected, kPostponed, kUncertain, kFound, kNotTaken, kReported };
const char* name(Outcome outcome);

/// The delivery of this request, made on the first call, locked until the transaction ends.
Delivery hear(pg::Tx& tx, const messaging::v1::DeliveryRequested& request, Time now);
/// Locks a delivery that is known to be there.
Delivery lock_delivery(pg::Tx& tx, const std::string& message_id);
/// The delivery that a provider's report is about, locked: by our id or else by the provider's, on the report's
/// channel.
std::optional<Delivery> lock_reported(pg::Tx& tx, const messaging::v1::DeliveryReported& report);

/// Begins the next attempt.
void open_attempt(pg::Tx& tx, Delivery& delivery, Time now, Time reconcile_at);
/// Says how the newest attempt ended. `detail` is a code or a phrase, never content.
void end_attempt(pg::Tx& tx, const Delivery& delivery, Outcome outcome, const std::string& detail, Time now);
/// Nothing of the newest attempt reached the provider: there may be another.
void close_attempt(pg::Tx& tx, Delivery& delivery, Time now);
/// The newest attempt stays open, and the provider is not asked before `reconcile_at`.
void put_off_reconciling(pg::Tx& tx, Delivery& delivery, Time reconcile_at);
/// Moves the delivery to a status. An empty provider id keeps the one that is known.
void move_delivery(pg::Tx& tx, Delivery& delivery, messaging::v1::DeliveryStatus status,
                   const std::string& provider_message_id, const messaging::v1::Failure& failure, Time now);

/// The provider's ids of the other messages to the same recipient that moved since.
std::set<std::string> other_provider_ids(pg::Tx& tx, const Delivery& delivery, Time since);

}  // namespace centralita::delivery
