#include "libs/bus/postgres/postgres_bus.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bus_sql.h"
#include "libs/base/error.h"
#include "libs/base/log.h"
#include "libs/bus/dead_letter.h"
#include "libs/bus/postgres/bell.h"
#include "libs/bus/postgres/log.h"
#include "libs/bus/postgres/publisher.h"
#include "libs/bus/postgres/reader.h"
#include "libs/bus/postgres/sweeper.h"

namespace centralita::bus {
namespace {

/// Handlers that hold every connection of the process must hold up neither leases nor what is said.
constexpr int kOwnConnections = 4;

pg::PoolOptions own_connections(const PostgresBusOptions& options) {
  pg::PoolOptions own;
  own.dsn = options.dsn;
  own.size = kOwnConnections;
  own.application_name = "centralita bus";
  return own;
}

class PostgresBus final : public Bus {
 public:
  PostgresBus(pg::Pool& pool, PostgresBusOptions options)
      : options_(std::move(options)),
        pool_(pool),
        own_(own_connections(options_), {&sql::schema}),
        bell_(own_, options_.dsn),
        publisher_(
            own_, [this](pg::Tx& tx, const auto& events) { write(tx, events); },
            [this](const auto& events) { committed(events); }),
        sweeper_(own_, options_.retention) {
    pg::Tx tx(own_, "");
    tx.all(sql::make_topics, pg::Param::array(declared_topics()), options_.partitions);
    tx.commit();
  }

  void publish(std::vector<Event> events, std::function<void(std::exception_ptr)> done) override {
    publisher_.publish(std::move(events), std::move(done));
  }

  void write(pg::Tx& tx, const std::vector<Event>& events) override { append(tx, events, options_.partitions); }
  void committed(const std::vector<Event>& events) override { bell_.ring(words_of(events)); }

  std::unique_ptr<Subscription> subscribe(SubscriptionOptions options, Handler handler) override {
    auto bury_here = [this, group = options.group](const Event& event, const std::string& reason) {
      bury(event, group, reason);
    };
    return std::make_unique<Reader>(own_, bell_, options_, std::move(options), std::move(handler), bury_here);
  }

  void bury(const Event& event, const std::string& group, const std::string& reason) override {
    Bus::publish({bury_event(event, group, reason)});
  }

  std::vector<DeadLetter> dead_letters(const std::string& topic) override {
    pg::Tx tx(pool_, "");
    auto letters = read_dead_letters(tx, topic, "");
    tx.commit();
    return letters;
  }

  void replay(const std::string& dead_letter_id) override {
    pg::Tx tx(pool_, "");
    const auto found = read_dead_letters(tx, "", dead_letter_id);
    if (dead_letter_id.empty() || found.empty()) throw not_found("dead letter");
    const std::vector<Event> events{found.front().event, replayed_event(found.front())};
    write(tx, events);
    tx.commit();
    committed(events);
  }

  bool alive() override {
    try {
      pg::Tx tx(own_, "");
      tx.run(sql::pulse, {});
      tx.commit();
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  std::map<std::string, int64_t> lag() override {
    pg::Tx tx(pool_, "");
    std::map<std::string, int64_t> lag;
    for (const auto row : tx.all(sql::lag)) lag[row.text("name")] = row.number("events");
    tx.commit();
    return lag;
  }

 private:
  static std::vector<DeadLetter> read_dead_letters(pg::Tx& tx, const std::string& topic, const std::string& id) {
    std::vector<Event> events;
    for (const auto row : tx.all(sql::dead_letters, topic, pg::Param::bytes(id)))
      events.push_back(event_of(row, row.text("topic")));
    return fold_dead_letters(events);
  }

  const PostgresBusOptions options_;
  pg::Pool& pool_;
  pg::Pool own_;
  Bell bell_;
  Publisher publisher_;
  Sweeper sweeper_;
};

}  // namespace

std::unique_ptr<Bus> make_postgres_bus(pg::Pool& pool, PostgresBusOptions options) {
  return std::make_unique<PostgresBus>(pool, std::move(options));
}

const pg::Schema& schema() { return sql::schema; }

}  // namespace centralita::bus
