#include "services/messaging-delivery/service.h"

#include "centralita/accounts/v1/events.pb.h"
#include "libs/base/error.h"
#include "libs/base/log.h"
#include "libs/base/metrics.h"
#include "libs/channels/directory.h"
#include "services/messaging-delivery/status.h"

namespace centralita::delivery {
namespace {

namespace v1 = messaging::v1;
using std::chrono::milliseconds;

/// By how much a provider's clock may be behind ours.
constexpr std::chrono::seconds kSkew{2};
constexpr std::chrono::minutes kKnownBefore{5};

v1::Failure failure_of(const std::string& code, const std::string& reason) {
  v1::Failure failure;
  failure.set_code(code);
  failure.set_reason(reason);
  return failure;
}

Error later(const std::string& reason, const std::string& message, std::optional<milliseconds> wait = {}) {
  Error error(Code::kUnavailable, reason, message);
  if (wait) error.retry_after = std::max(*wait, milliseconds{1});
  return error;
}

/// Moves the delivery and says so.
void move_and_say(bus::Tx& tx, Delivery& delivery, v1::DeliveryStatus status, const std::string& provider_message_id,
                  v1::Failure failure, Time now) {
  if (status == v1::FAILED && failure.reason().empty())
    failure = failure_of("UNDELIVERED", "El proveedor no pudo entregar el mensaje.");
  move_delivery(tx, delivery, status, provider_message_id, failure, now);
  v1::DeliveryUpdated updated;
  updated.set_message_id(delivery.message_id);
  updated.set_conversation_id(delivery.conversation_id);
  updated.set_status(status);
  updated.set_provider_message_id(delivery.provider_message_id);
  if (status == v1::FAILED) *updated.mutable_failure() = failure;
  tx.publish(updated);
}

void count_report(const char* result) {
  metrics::counter("centralita_delivery_reports_total", "Reports of providers about messages.", {{"result", result}})
      .add();
}

}  // namespace

struct Service::Job {
  v1::DeliveryRequested request;
  Caller caller;
  std::shared_ptr<const channels::Resolved> channel;  ///< nullptr when it is gone.
  Delivery delivery;

  channels::Outgoing outgoing(const std::string& public_url) const {
    return {request.message_id(), request.recipient(), request.provider_conversation_id(), request.content(),
            public_url};
  }
};

Service::Service(bus::Database database, channels::Directory& directory, http::Client& client, const Clock& clock,
                 Settings settings)
    : database_(database), directory_(directory), client_(client), clock_(clock), settings_(std::move(settings)) {}

void Service::deliver(const bus::Event& event) {
  Job job{bus::parse<v1::DeliveryRequested>(event), bus::caller_of(event, kName)};
  job.channel = directory_.by_id(job.caller, job.request.channel_id());
  if (job.channel && job.channel->channel.tenant_id != event.tenant_id) job.channel.reset();
  for (;;) {
    switch (take(job)) {
      case Step::kNothing:
        return;
      case Step::kAttempt:
        return attempt(job);
      case Step::kReconcile:
        reconcile(job);
    }
  }
}

Service::Step Service::take(Job& job) {
  bus::Tx tx(database_, job.caller);
  const Time now = clock_.now();
  job.delivery = hear(tx, job.request, now);
  if (job.delivery.settled()) return Step::kNothing;
  if (job.delivery.reconcile_at && job.channel) return Step::kReconcile;
  const auto failure = hopeless(job);
  if (failure)
    move_and_say(tx, job.delivery, v1::FAILED, "", *failure, now);
  else
    open_attempt(tx, job.delivery, now, now + settings_.abandoned_after);
  tx.commit();
  return failure ? Step::kNothing : Step::kAttempt;
}

void Service::attempt(Job& job) {
  const auto began = std::chrono::steady_clock::now();
  const auto ended = job.channel->adapter->send(client_, job.channel->channel, job.outgoing(settings_.public_url));
  metrics::histogram("centralita_delivery_attempt_seconds", "How long providers take to take a message.",
                     {{"kind", job.channel->channel.kind}})
      .observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());

  if (const auto* sent = std::get_if<channels::Sent>(&ended)) {
    finish(job, Outcome::kSent, "", [&](bus::Tx& tx) {
      move_and_say(tx, job.delivery, after_report(v1::QUEUED, sent->status), sent->provider_message_id, {},
                   clock_.now());
    });
  } else if (const auto* rejected = std::get_if<channels::Rejected>(&ended)) {
    finish(job, Outcome::kRejected, rejected->code, [&](bus::Tx& tx) {
      move_and_say(tx, job.delivery, v1::FAILED, "", failure_of(rejected->code, rejected->reason), clock_.now());
    });
  } else if (const auto* postponed = std::get_if<channels::Postponed>(&ended)) {
    finish(job, Outcome::kPostponed, postponed->reason,
           [&](bus::Tx& tx) { close_attempt(tx, job.delivery, clock_.now()); });
    auto error = later("PROVIDER_BUSY", postponed->reason, postponed->retry_after);
    if (error.retry_after) error.retry_after = std::clamp(*error.retry_after, milliseconds{1}, time_left(job.delivery));
    throw error;
  } else {
    const auto& reason = std::get<channels::Uncertain>(ended).reason;
    finish(job, Outcome::kUncertain, reason,
           [&](bus::Tx& tx) { put_off_reconciling(tx, job.delivery, clock_.now() + settings_.reconcile_after); });
    throw later("OUTCOME_UNKNOWN", reason, settings_.reconcile_after);
  }
}

void Service::reconcile(Job& job) {
  const auto wait = std::chrono::ceil<milliseconds>(*job.delivery.reconcile_at - clock_.now());
  if (wait > milliseconds{0}) throw later("OUTCOME_UNKNOWN", "It is too early to ask the provider.", wait);
  const Time since = job.delivery.attempt_started_at - kSkew;
  std::set<std::string> known;
  {
    pg::Tx tx(*database_.pool, job.caller.tenant_id);
    known = other_provider_ids(tx, job.delivery, since - kKnownBefore);
  }

  std::optional<channels::Sent> found;
  try {
    found = job.channel->adapter->find_sent(client_, job.channel->channel, job.outgoing(settings_.public_url), since,
                                            known);
  } catch (const Error& error) {
    if (time_left(job.delivery) > milliseconds{1}) throw later("PROVIDER_AWAY", error.message());
    return finish(job, Outcome::kUncertain, error.reason(), [&](bus::Tx& tx) {
      move_and_say(tx, job.delivery, v1::FAILED, "",
                   failure_of("UNCONFIRMED", "No se pudo confirmar con el proveedor si el mensaje salió."),
                   clock_.now());
    });
  }
  finish(job, found ? Outcome::kFound : Outcome::kNotTaken, "", [&](bus::Tx& tx) {
    if (found)
      move_and_say(tx, job.delivery, after_report(v1::QUEUED, found->status), found->provider_message_id, {},
                   clock_.now());
    else
      close_attempt(tx, job.delivery, clock_.now());
  });
}

void Service::finish(Job& job, Outcome outcome, const std::string& detail, const std::function<void(bus::Tx&)>& write) {
  bus::Tx tx(database_, job.caller);
  const auto current = lock_delivery(tx, job.delivery.message_id);
  const bool open = current.reconcile_at && current.attempts == job.delivery.attempts;
  end_attempt(tx, job.delivery, outcome, detail, clock_.now());
  if (open) write(tx);
  tx.commit();
  log::info("delivery attempt", {{"message_id", job.delivery.message_id},
                                 {"kind", job.channel->channel.kind},
                                 {"attempt", job.delivery.attempts},
                                 {"outcome", name(outcome)},
                                 {"detail", detail}});
  metrics::counter("centralita_delivery_attempts_total",
                   "Attempts to hand a message to its provider, by how they ended.",
                   {{"kind", job.channel->channel.kind},
                    {"outcome", name(outcome)},
                    {"code", outcome == Outcome::kRejected ? detail : ""}})
      .add();
}

std::optional<v1::Failure> Service::hopeless(const Job& job) const {
  if (!job.channel) return failure_of("CHANNEL_GONE", "El canal por el que iba el mensaje ya no existe.");
  if (!job.channel->facts.channel().enabled())
    return failure_of("CHANNEL_DISABLED", "El canal por el que iba el mensaje está desactivado.");
  if (clock_.now() - job.delivery.created_at >= settings_.give_up_after)
    return failure_of("GAVE_UP", "El proveedor no aceptó el mensaje a tiempo, tras varios intentos.");
  return std::nullopt;
}

/// At least a millisecond, for waits.
milliseconds Service::time_left(const Delivery& delivery) const {
  const auto left = std::chrono::ceil<milliseconds>(delivery.created_at + settings_.give_up_after - clock_.now());
  return std::max(left, milliseconds{1});
}

void Service::report(const bus::Event& event) {
  const auto report = bus::parse<v1::DeliveryReported>(event);
  bus::Tx tx(database_, bus::caller_of(event, kName), event, kName);
  if (!tx.first_time()) return;
  const Time now = clock_.now();
  auto delivery = lock_reported(tx, report);
  if (!delivery) {
    // The provider may be quicker than our own commit.
    if (now - event.time < settings_.unknown_report_after)
      throw later("UNKNOWN_MESSAGE", "The report is about a message that is not known yet.");
    count_report("unknown");
  } else if (!delivery->provider_message_id.empty() && !report.provider_message_id().empty() &&
             delivery->provider_message_id != report.provider_message_id()) {
    log::error("message sent twice", {{"message_id", delivery->message_id}});
    count_report("duplicate");
  } else if (const auto status = after_report(delivery->status, report.status()); status != delivery->status) {
    if (delivery->reconcile_at) end_attempt(tx, *delivery, Outcome::kReported, "", now);
    move_and_say(tx, *delivery, status, report.provider_message_id(), report.failure(), now);
    count_report("moved");
  } else {
    count_report("stale");
  }
  tx.commit();
}

void Service::forget(const bus::Event& event) {
  directory_.forget(bus::parse<accounts::v1::ChannelChanged>(event).channel_id());
}

}  // namespace centralita::delivery
