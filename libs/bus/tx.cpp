#include "libs/bus/tx.h"

#include <algorithm>

#include "bus_sql.h"
#include "libs/bus/scheduler.h"

namespace centralita::bus {

Tx::Tx(Database database, const Caller& caller)
    : pg::Tx(*database.pool, caller.tenant_id), database_(database), caller_(caller) {}

Tx::Tx(Database database, const Caller& caller, const Event& event, std::string_view group) : Tx(database, caller) {
  first_time_ = run(sql::remember, event.id, group) == 1;
}

std::string Tx::publish(const google::protobuf::Message& event) {
  return events_.emplace_back(make_event(event, caller_)).id;
}

void Tx::schedule(const google::protobuf::Message& message, Time at, const std::string& handle) {
  const auto event = make_event(message, caller_);
  run(sql::schedule, event.tenant_id, handle, at, event.id, event.topic, pg::Param::bytes(event.key), event.type,
      event.source, event.traceparent, pg::Param::bytes(event.data));
  earliest_ = std::min(earliest_.value_or(at), at);
}

void Tx::cancel(const std::string& handle) { run(sql::cancel, caller_.tenant_id, handle); }

void Tx::commit() {
  if (!events_.empty()) database_.bus->write(*this, events_);
  pg::Tx::commit();
  if (!events_.empty()) database_.bus->committed(events_);
  if (earliest_) Scheduler::wake(*earliest_);
}

}  // namespace centralita::bus
