#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/bus/event.h"

namespace centralita::pg {
class Tx;
}

namespace centralita::bus {

/// How one group of consumers reads. Members of a group, in any number of processes, share the work.
struct SubscriptionOptions {
  std::string group;
  std::vector<std::string> topics;
  /// Handlers at work at once in this process. Threads are made when there is work for them and end when idle.
  int concurrency = 8;
  /// How long to go on trying an event whose handler fails with a transient error; then it is dead.
  std::chrono::milliseconds give_up_after{std::chrono::hours{24}};
  /// How often an event may fail with an error that is neither transient nor an Error before it is dead.
  int unexpected_failures = 5;
};

/// Returns when the event has had its effect. An Error that is transient() means try again, later (after its
/// retry_after, else by back-off); any other Error means never again: the event becomes a dead letter. Called from many
/// threads; for one key one at a time and in order.
using Handler = std::function<void(const Event&)>;

/// Reads until destroyed. The destructor stops taking events, lets handlers at work finish, records how far it came,
/// and gives its partitions to the others.
class Subscription {
 public:
  virtual ~Subscription() = default;
  /// Events that this process has read and not finished.
  virtual int in_flight() const = 0;
};

/// An event that a group could not handle, with the reason.
struct DeadLetter {
  std::string id;      ///< The dead letter's own id: one for each event and group.
  std::string group;   ///< Who could not handle it.
  std::string reason;  ///< "INVALID_FIELD: message.body: …".
  Time died_at;
  bool replayed = false;  ///< Published again since.
  Event event;
};

/// The bus. Thread-safe. At least once; in order per key; many keys of a partition at once; one slow or failing key
/// holds up nobody else; tenants take turns.
class Bus {
 public:
  virtual ~Bus() = default;

  /// Says events outside any transaction, all or none of them, and calls `done` exactly once: with null when they are
  /// durable, else with an Error (UNAVAILABLE when the bus is away; they may have been said all the same). `done` is
  /// called from a thread of the bus, which it must not hold up, or from within this call. Calls at the same time share
  /// their commit.
  virtual void publish(std::vector<Event> events, std::function<void(std::exception_ptr)> done) = 0;
  /// The same; returns when they are durable, throws what went wrong.
  void publish(std::vector<Event> events);

  /// Part of a transaction: the events are said if and only if it commits, in the order given. The last thing to do
  /// before the commit, because from here on others wait. Use bus::Tx instead.
  virtual void write(pg::Tx& tx, const std::vector<Event>& events) = 0;
  /// The transaction that wrote to these topics has committed.
  virtual void committed(const std::vector<Event>& events) = 0;

  virtual std::unique_ptr<Subscription> subscribe(SubscriptionOptions options, Handler handler) = 0;

  /// Puts an event straight among the dead letters of its topic; durable when it returns.
  virtual void bury(const Event& event, const std::string& group, const std::string& reason) = 0;
  /// Dead letters, oldest first; `topic` empty for all.
  virtual std::vector<DeadLetter> dead_letters(const std::string& topic) = 0;
  /// Publishes the event of a dead letter once more, with its id: groups that have handled it skip it. NOT_FOUND.
  virtual void replay(const std::string& dead_letter_id) = 0;

  /// Whether an event said now would be accepted; really asks. Never throws.
  virtual bool alive() = 0;

  /// How many events each group has still to handle, by "<group>/<topic>".
  virtual std::map<std::string, int64_t> lag() = 0;
};

}  // namespace centralita::bus
