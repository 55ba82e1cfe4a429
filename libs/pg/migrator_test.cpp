#include <atomic>
#include <thread>

#include "libs/base/id.h"
#include "libs/pg/connection.h"
#include "libs/pg/sample_test.h"
#include "tests/support/database.h"

using namespace centralita;
using namespace centralita::pg;
using sample::error_of;

namespace {

constexpr Migration kLedger[] = {
    {1, "entries", "CREATE TABLE entry (id int PRIMARY KEY);", "DROP TABLE entry;"},
    {2, "append_only", "REVOKE UPDATE, DELETE ON entry FROM centralita_app;",
     "GRANT UPDATE, DELETE ON entry TO centralita_app;"},
};
constexpr Schema kSchema{"ledger", {}, kLedger};

struct Fixture {
  TestDatabase database{{}};
  Migrator migrator{database.owner_dsn(), database.app_role(), {&sample::schema, &kSchema}};

  std::vector<std::string> applied() {
    std::vector<std::string> names;
    for (const auto& one : migrator.status())
      if (one.applied_at) names.push_back(one.schema + " " + one.name);
    return names;
  }
  bool runs(const std::string& dsn, const std::string& sql) const {
    try {
      Connection({.dsn = dsn}).script(sql, "test");
      return true;
    } catch (const Error&) {
      return false;
    }
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("migrations go up in the order of their schemas, down newest first, and up again") {
  Fixture fixture;
  CHECK(fixture.applied() == Names{"centralita tenancy"});
  CHECK(fixture.migrator.up() == 3);
  CHECK(fixture.migrator.up() == 0);
  CHECK(fixture.applied() == Names{"centralita tenancy", "shop shop", "ledger entries", "ledger append_only"});
  CHECK(fixture.migrator.down(2) == 2);
  CHECK(fixture.applied() == Names{"centralita tenancy", "shop shop"});
  CHECK(fixture.migrator.down(100) == 2);
  CHECK(fixture.applied().empty());
  CHECK(fixture.migrator.down(1) == 0);
  CHECK(fixture.migrator.up() == 4);
}

TEST_CASE("the runtime role may write but not define, and what a migration revokes stays revoked") {
  Fixture fixture;
  fixture.migrator.up();
  const auto& app = fixture.database.app_dsn();
  CHECK(fixture.runs(app, "INSERT INTO ledger.entry VALUES (1)"));
  CHECK_FALSE(fixture.runs(app, "DELETE FROM ledger.entry"));
  CHECK_FALSE(fixture.runs(app, "CREATE TABLE ledger.mine (id int)"));
  CHECK_FALSE(fixture.runs(app, "ALTER TABLE shop.label DISABLE ROW LEVEL SECURITY"));
  CHECK_FALSE(fixture.runs(app, "UPDATE centralita.migration SET checksum = ''"));
}

TEST_CASE("a protected table forces row-level security on its owner too, whose role alone may be above it") {
  Fixture fixture;
  fixture.migrator.up();
  const auto holds = [&](const std::string& condition) {
    return fixture.runs(fixture.database.owner_dsn(), "DO $$ BEGIN ASSERT " + condition + "; END $$");
  };
  CHECK(holds("(SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'shop.label'::regclass)"));
  CHECK(holds("(SELECT NOT (rolbypassrls OR rolsuper) FROM pg_roles WHERE rolname = '" + fixture.database.app_role() +
              "')"));
  CHECK_FALSE(holds("false"));
}

TEST_CASE("runs at the same time wait for each other") {
  const TestDatabase database({});
  std::atomic<int> applied = 0;
  std::atomic<int> failed = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i)
      threads.emplace_back([&] {
        try {
          applied += Migrator(database.owner_dsn(), database.app_role(), {&sample::schema, &kSchema}).up();
        } catch (const Error&) {
          ++failed;
        }
      });
  }
  CHECK(applied == 3);
  CHECK(failed == 0);
}

TEST_CASE("a migration that was changed after it had been applied is refused by name") {
  static constexpr Migration kChanged[] = {
      {1, "entries", "CREATE TABLE entry (id bigint PRIMARY KEY);", "DROP TABLE entry;"}};
  static constexpr Schema kChangedSchema{"ledger", {}, kChanged};
  Fixture fixture;
  fixture.migrator.up();
  const auto error =
      error_of([&] { Migrator(fixture.database.owner_dsn(), fixture.database.app_role(), {&kChangedSchema}).up(); });
  CHECK(error.code() == Code::kFailedPrecondition);
  CHECK_THAT(error.message(), Catch::Contains("ledger 1 (entries)"));
}

TEST_CASE("a migration that fails leaves nothing of itself, names itself, and keeps those before it") {
  static constexpr Migration kFailing[] = {
      kLedger[0], {2, "broken", "CREATE TABLE half (id int); SELECT 1 FROM nowhere;", "DROP TABLE half;"}};
  static constexpr Schema kFailingSchema{"ledger", {}, kFailing};
  Fixture fixture;
  const auto error =
      error_of([&] { Migrator(fixture.database.owner_dsn(), fixture.database.app_role(), {&kFailingSchema}).up(); });
  CHECK_THAT(error.message(), Catch::Contains("ledger 2 (broken)") && Catch::Contains("nowhere"));
  CHECK(fixture.applied() == Names{"centralita tenancy", "ledger entries"});
  CHECK_FALSE(fixture.runs(fixture.database.owner_dsn(), "SELECT FROM ledger.half"));
}

TEST_CASE("an older version does not take back what a newer one applied") {
  static constexpr Schema kOlder{"ledger", {}, std::span(kLedger, 1)};
  Fixture fixture;
  fixture.migrator.up();
  Migrator older(fixture.database.owner_dsn(), fixture.database.app_role(), {&sample::schema, &kOlder});
  CHECK(older.up() == 0);
  CHECK(error_of([&] { older.down(1); }).code() == Code::kFailedPrecondition);
}

TEST_CASE("what stands can be asked of a database that was never migrated") {
  Fixture fixture;
  Connection({.dsn = fixture.database.owner_dsn()}).script("DROP SCHEMA centralita CASCADE", "test");
  CHECK(fixture.applied().empty());
  CHECK(fixture.migrator.status().size() == 4);
}
