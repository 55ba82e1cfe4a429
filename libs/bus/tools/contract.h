#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/bus/bus.h"
#include "libs/bus/tx.h"
#include "libs/pg/pg.h"
#include "tests/support/database.h"
#include "tests/support/eventually.h"

/// What every engine of the bus is tested with. The engine is the one that CENTRALITA_TEST_BUS names, else PostgreSQL.
namespace centralita::bus::contract {

/// Each engine under test forgets a silent member after this time.
constexpr std::chrono::milliseconds kLease{1'500};

/// The tables of the tests' own handlers: `contract.effect`, a row for each event that had its effect.
const pg::Schema& schema();

std::unique_ptr<Bus> open_bus(pg::Pool& pool, const std::string& dsn);
std::unique_ptr<pg::Pool> open_pool(const std::string& dsn);

using tests::eventually;

/// An event of a made-up type. `number` becomes its data.
Event event(const std::string& topic, const std::string& key, int number = 0, const std::string& tenant_id = {});
int number_of(const Event& event);
/// So many keys that lie in one partition.
std::vector<std::string> keys_of_one_partition(int count);

struct Effect {
  std::string event_id;
  std::string key;
  int number;
  std::string process;
};

/// Writes an effect within bus::Tx, as a service's handler would.
Handler recorder(Database database, std::string group, std::string process = "test");

/// A database and a bus of one test.
class World {
 public:
  World();

  Database database() { return {pool.get(), bus.get()}; }
  /// The column `value` of the only row of a statement of the owner's.
  int64_t ask(const pg::Statement& statement, std::initializer_list<pg::Param> params = {});
  /// Of a group, in the order in which they happened.
  std::vector<Effect> effects(const std::string& group);
  /// What a group has still to handle of a topic; nothing while it has not begun to read.
  std::optional<int64_t> lag(const std::string& group, const std::string& topic);
  /// Subscribes a handler to one topic.
  std::unique_ptr<Subscription> subscribe(const std::string& group, const std::string& topic, Handler handler,
                                          int concurrency = 16);

  TestDatabase tables;
  std::unique_ptr<pg::Pool> pool;
  std::unique_ptr<Bus> bus;

 private:
  pg::Pool owner_;
};

/// The numbers of each key, in the order of the effects.
std::map<std::string, std::vector<int>> by_key(const std::vector<Effect>& effects);
/// What by_key should be: for each of the keys "k0", "k1", … the numbers 0 to `each` - 1.
std::map<std::string, std::vector<int>> expected(int keys, int each);
/// Events that make that: number 0 of each key, then number 1 of each key, …
std::vector<Event> events_for(const std::string& topic, int keys, int each);

/// A closed door that threads wait at until it is opened; in a test that failed, half a minute.
class Gate {
 public:
  void open();
  void pass();
  /// How many have come to the door.
  int arrived() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int arrived_ = 0;
};

/// Another process that records what it consumes.
class Consumer {
 public:
  Consumer(World& world, const std::string& group, const std::string& topic, const std::string& name);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  /// SIGKILL.
  void kill();
  /// Lets it leave in good order; its exit code.
  int finish();

 private:
  int reap();

  pid_t pid_ = -1;
  int input_ = -1;
};

}  // namespace centralita::bus::contract
