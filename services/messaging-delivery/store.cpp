#include "services/messaging-delivery/store.h"

#include "libs/base/id.h"
#include "messaging_delivery_sql.h"

namespace centralita::delivery {
namespace {

namespace sql = messaging_delivery::sql;
namespace v1 = messaging::v1;

Delivery to_delivery(const pg::Row& row) {
  Delivery delivery;
  delivery.message_id = row.text("message_id");
  delivery.conversation_id = row.text("conversation_id");
  delivery.channel_id = row.text("channel_id");
  delivery.recipient = row.text("recipient");
  v1::DeliveryStatus_Parse(row.text("status"), &delivery.status);
  delivery.provider_message_id = row.text("provider_message_id");
  delivery.attempts = static_cast<int>(row.number("attempts"));
  delivery.attempt_started_at = row.maybe_time("attempt_started_at").value_or(Time{});
  delivery.reconcile_at = row.maybe_time("reconcile_at");
  delivery.created_at = row.time("created_at");
  return delivery;
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

const char* name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSent:
      return "SENT";
    case Outcome::kRejected:
      return "REJECTED";
    case Outcome::kPostponed:
      return "POSTPONED";
    case Outcome::kUncertain:
      return "UNCERTAIN";
    case Outcome::kFound:
      return "FOUND";
    case Outcome::kNotTaken:
      return "NOT_TAKEN";
    case Outcome::kReported:
      return "REPORTED";
  }
  return "";
}

Delivery hear(pg::Tx& tx, const v1::DeliveryRequested& request, Time now) {
  return to_delivery(tx.one(sql::hear_delivery, request.message_id(), tx.tenant_id(), request.conversation_id(),
                            request.channel_id(), request.recipient(), now));
}

Delivery lock_delivery(pg::Tx& tx, const std::string& message_id) {
  return to_delivery(tx.one(sql::lock_delivery, message_id));
}

std::optional<Delivery> lock_reported(pg::Tx& tx, const v1::DeliveryReported& report) {
  const auto rows =
      is_id(report.message_id())
          ? tx.all(sql::lock_delivery_of_channel, report.message_id(), report.channel_id())
          : tx.all(sql::lock_delivery_of_provider, tx.tenant_id(), report.channel_id(), report.provider_message_id());
  if (rows.empty()) return std::nullopt;
  return to_delivery(rows[0]);
}

void open_attempt(pg::Tx& tx, Delivery& delivery, Time now, Time reconcile_at) {
  ++delivery.attempts;
  delivery.attempt_started_at = now;
  delivery.reconcile_at = reconcile_at;
  tx.run(sql::open_attempt, delivery.message_id, delivery.attempts, now, reconcile_at);
}

void end_attempt(pg::Tx& tx, const Delivery& delivery, Outcome outcome, const std::string& detail, Time now) {
  tx.run(sql::end_attempt, delivery.message_id, delivery.attempts, name(outcome), detail, now);
}

void close_attempt(pg::Tx& tx, Delivery& delivery, Time now) {
  delivery.reconcile_at.reset();
  tx.run(sql::close_attempt, delivery.message_id, now);
}

void put_off_reconciling(pg::Tx& tx, Delivery& delivery, Time reconcile_at) {
  delivery.reconcile_at = reconcile_at;
  tx.run(sql::put_off_reconciling, delivery.message_id, reconcile_at);
}

void move_delivery(pg::Tx& tx, Delivery& delivery, v1::DeliveryStatus status, const std::string& provider_message_id,
                   const v1::Failure& failure, Time now) {
  delivery.status = status;
  delivery.reconcile_at.reset();
  if (!provider_message_id.empty()) delivery.provider_message_id = provider_message_id;
  tx.run(sql::move_delivery, delivery.message_id, v1::DeliveryStatus_Name(status), unless_empty(provider_message_id),
         failure.code(), failure.reason(), now);
}

std::set<std::string> other_provider_ids(pg::Tx& tx, const Delivery& delivery, Time since) {
  std::set<std::string> ids;
  for (const auto row :
       tx.all(sql::provider_ids_since, delivery.channel_id, delivery.recipient, delivery.message_id, since))
    ids.insert(row.text("provider_message_id"));
  return ids;
}

}  // namespace centralita::delivery
