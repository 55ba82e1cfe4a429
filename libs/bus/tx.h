#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/caller.h"
#include "libs/bus/bus.h"
#include "libs/pg/pg.h"

namespace centralita::bus {

/// What a service writes with: its tables, and the bus on which it says what it wrote. Cheap to copy.
struct Database {
  pg::Pool* pool;
  Bus* bus;
};

/// A transaction that also says events: state and event become visible together or not at all.
class Tx final : public pg::Tx {
 public:
  /// On behalf of a caller.
  Tx(Database database, const Caller& caller);
  /// To handle an event: remembers in the same transaction that `group` has handled it.
  Tx(Database database, const Caller& caller, const Event& event, std::string_view group);

  /// False when the group has handled this event before: there is nothing to do. A second handler of the same event
  /// waits here until the first commits or rolls back.
  bool first_time() const { return first_time_; }

  /// Says the event when the transaction commits. Returns its id.
  std::string publish(const google::protobuf::Message& event);
  /// Says the event at `at` or soon after, unless cancelled. A later call with the same handle replaces it. Handles are
  /// named by the one who schedules, e.g. "turn/<conversation>", and belong to the tenant.
  void schedule(const google::protobuf::Message& event, Time at, const std::string& handle);
  void cancel(const std::string& handle);

  void commit() override;

 private:
  Database database_;
  Caller caller_;
  std::vector<Event> events_;
  bool first_time_ = true;
  std::optional<Time> earliest_;  ///< Of what it has scheduled.
};

}  // namespace centralita::bus
