#include <atomic>
#include <cstdlib>
#include <thread>

#include "libs/base/id.h"
#include "libs/pg/connection.h"
#include "libs/pg/sample_test.h"
#include "tests/support/database.h"

using namespace centralita;
using namespace centralita::pg;
using namespace centralita::pg::sample;
using namespace std::chrono_literals;

namespace {

void kill_sessions_of(const TestDatabase& database) { Connection({.dsn = database.app_dsn()}).run(kill_others, {}); }

}  // namespace

TEST_CASE("a statement that names a wrong column fails the start, with its name and PostgreSQL's words") {
  static constexpr Statement kWrong[] = {{"shop.wrong", "SELECT colour FROM shop.label"}};
  static constexpr Schema kWrongSchema{"shop", kWrong, {}};
  const TestDatabase database({&schema});
  const auto error = error_of([&] { Pool({.dsn = database.app_dsn()}, {&kWrongSchema}); });
  CHECK(error.code() == Code::kInternal);
  CHECK_THAT(error.message(), Catch::Contains("shop.wrong") && Catch::Contains("column \"colour\" does not exist"));
}

TEST_CASE("two statements of one name fail the start") {
  const TestDatabase database({&schema});
  CHECK_THAT(error_of([&] {
               Pool({.dsn = database.app_dsn()}, {&schema, &schema});
             }).message(),
             Catch::Contains("shop.insert_label exists twice"));
}

TEST_CASE("without a database there is no pool, and the message holds no password") {
  const auto error =
      error_of([] { Pool({.dsn = "postgresql://centralita:clave-secreta@127.0.0.1:1/centralita"}, {&schema}); });
  CHECK(error.code() == Code::kUnavailable);
  CHECK_THAT(error.message(), !Catch::Contains("clave-secreta"));
  CHECK(error_of([] { Pool({.dsn = "postgresql://a:clave secreta@/%%"}, {&schema}); }).code() ==
        Code::kInvalidArgument);
}

TEST_CASE("a connection that broke while nobody used it is replaced before anybody notices") {
  const TestDatabase database({&schema});
  Pool pool({.dsn = database.app_dsn(), .size = 1}, {&schema});
  kill_sessions_of(database);
  Tx tx(pool, new_id());
  tx.run(insert_label, new_id(), "Urgente");
  CHECK_NOTHROW(tx.commit());
}

TEST_CASE("a connection that breaks inside a transaction is UNAVAILABLE, and the next transaction has a new one") {
  const TestDatabase database({&schema});
  Pool pool({.dsn = database.app_dsn(), .size = 1}, {&schema});
  const auto tenant = new_id();
  {
    Tx tx(pool, tenant);
    tx.run(insert_label, new_id(), "Urgente");
    kill_sessions_of(database);
    CHECK(error_of([&] { tx.all(all_labels); }).code() == Code::kUnavailable);
    CHECK(error_of([&] { tx.commit(); }).code() == Code::kInternal);
  }
  {
    Tx tx(pool, tenant);
    kill_sessions_of(database);
    CHECK(error_of([&] { tx.commit(); }).code() == Code::kUnavailable);
  }
  CHECK(Tx(pool, tenant).all(all_labels).empty());
}

TEST_CASE("while the database is away every use says so, and the pool is not alive") {
  const TestDatabase database({&schema});
  Pool pool({.dsn = database.app_dsn()}, {&schema});
  CHECK(pool.alive());
  Connection owner({.dsn = std::getenv("CENTRALITA_TEST_OWNER_DSN")});
  Connection killer({.dsn = database.app_dsn()});
  const auto name = killer.script("SELECT current_database() AS name", "test")[0].text("name");
  owner.script("ALTER DATABASE \"" + name + "\" ALLOW_CONNECTIONS false", "test");
  killer.run(kill_others, {});
  CHECK_FALSE(pool.alive());
  CHECK(error_of([&] { Tx(pool, ""); }).code() == Code::kUnavailable);
  owner.script("ALTER DATABASE \"" + name + "\" ALLOW_CONNECTIONS true", "test");
  CHECK(pool.alive());
  CHECK_NOTHROW(Tx(pool, "").all(all_labels));
}

TEST_CASE("who finds no free connection in time is told so, and who waits gets the next one") {
  const TestDatabase database({&schema});
  Pool pool({.dsn = database.app_dsn(), .size = 1, .wait = 100ms}, {&schema});
  auto holder = std::make_optional<Tx>(pool, "");
  const auto error = error_of([&] { Tx(pool, ""); });
  CHECK(error.code() == Code::kResourceExhausted);
  CHECK(error.transient());
  CHECK(pool.alive());
  holder.reset();
  CHECK_NOTHROW(Tx(pool, ""));
}

TEST_CASE("many threads share few connections") {
  const TestDatabase database({&schema});
  Pool pool({.dsn = database.app_dsn(), .size = 3}, {&schema});
  const auto tenant = new_id();
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 24; ++i)
      threads.emplace_back([&] {
        for (int j = 0; j < 10; ++j) try {
            Tx tx(pool, tenant);
            const auto id = new_id();
            tx.run(insert_label, id, id);
            tx.commit();
          } catch (const Error&) {
            ++failures;
          }
      });
  }
  CHECK(failures == 0);
  CHECK(Tx(pool, tenant).all(all_labels).size() == 240);
}

TEST_CASE("a statement survives that its table gains a column: once it is to be repeated, then it works") {
  const TestDatabase database({&schema});
  Pool pool({.dsn = database.app_dsn(), .size = 1}, {&schema});
  Tx(pool, "").all(all_labels);
  Connection({.dsn = database.owner_dsn()}).script("ALTER TABLE shop.label ADD COLUMN color text", "alter");
  const auto error = error_of([&] { Tx(pool, "").all(all_labels); });
  CHECK(error.code() == Code::kAborted);
  CHECK_NOTHROW(Tx(pool, "").all(all_labels));
}
