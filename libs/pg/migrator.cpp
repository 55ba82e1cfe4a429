#include <utility>

#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/base/log.h"
#include "libs/pg/connection.h"
#include "libs/pg/tenancy.h"

namespace centralita::pg {
namespace {

constexpr Statement kLock{"migrator.lock", "SELECT pg_advisory_lock(hashtextextended('centralita migrations', 0))"};
constexpr Statement kApplied{
    "migrator.applied", "SELECT schema, number, checksum, applied_at FROM centralita.migration ORDER BY position DESC"};
constexpr Statement kIsNew{"migrator.is_new", "SELECT to_regclass('centralita.migration') IS NULL AS is_new"};
constexpr Statement kInsert{
    "migrator.insert", "INSERT INTO centralita.migration (schema, number, name, checksum) VALUES ($1, $2, $3, $4)"};
constexpr Statement kDelete{"migrator.delete", "DELETE FROM centralita.migration WHERE schema = $1 AND number = $2"};

constexpr const char* kRecords = R"sql(
CREATE SCHEMA IF NOT EXISTS centralita;
CREATE TABLE IF NOT EXISTS centralita.migration (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  schema text NOT NULL,
  number int NOT NULL,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (schema, number)
))sql";

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + '"';
}

struct Applied {
  std::string schema;
  int number;
  std::string checksum;
  Time at;
};

/// Newest first.
std::vector<Applied> applied(Connection& connection) {
  std::vector<Applied> all;
  for (const auto row : connection.run(kApplied, {}))
    all.push_back(
        {row.text("schema"), static_cast<int>(row.number("number")), row.text("checksum"), row.time("applied_at")});
  return all;
}

const Applied* find(const std::vector<Applied>& all, std::string_view schema, int number) {
  for (const auto& one : all)
    if (one.schema == schema && one.number == number) return &one;
  return nullptr;
}

std::string label(std::string_view schema, const Migration& migration) {
  return std::string(schema) + " " + std::to_string(migration.number) + " (" + migration.name + ")";
}

}  // namespace

struct Migrator::Impl {
  std::string dsn;
  std::string role;
  std::vector<const Schema*> schemas;

  Connection connect() const { return Connection({.dsn = dsn, .application_name = "centralita migrate"}); }

  /// Waits for another run to end. The lock lives as long as the session.
  static void lock(Connection& connection) {
    connection.script("SET lock_timeout = '10min'", "migrate");
    connection.run(kLock, {});
    // Who waits for a table makes everybody else wait behind it: better to fail and to try again.
    connection.script("SET lock_timeout = '30s'", "migrate");
    connection.script(kRecords, "migrate");
  }

  /// Default privileges come before the first table, so that a migration may revoke what it grants.
  void open_schema(Connection& connection, const Schema& schema) const {
    const auto name = quoted(schema.name);
    const auto to = " TO " + quoted(role);
    connection.script("CREATE SCHEMA IF NOT EXISTS " + name + "; GRANT USAGE ON SCHEMA " + name + to +
                          "; ALTER DEFAULT PRIVILEGES IN SCHEMA " + name +
                          " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES" + to +
                          "; ALTER DEFAULT PRIVILEGES IN SCHEMA " + name + " GRANT USAGE, SELECT ON SEQUENCES" + to,
                      schema.name);
  }

  static void step(Connection& connection, const Schema& schema, const Migration& migration, const char* sql,
                   const Statement& record, std::vector<Param> params) {
    const auto what = label(schema.name, migration);
    connection.script("BEGIN; SET LOCAL search_path = " + quoted(schema.name) + ", public", what);
    connection.script(sql, what);
    connection.run(record, params);
    connection.script("COMMIT", what);
  }
};

Migrator::Migrator(const std::string& owner_dsn, const std::string& runtime_role, std::vector<const Schema*> schemas)
    : impl_(std::make_unique<Impl>(owner_dsn, runtime_role, std::vector{&tenancy()})) {
  impl_->schemas.insert(impl_->schemas.end(), schemas.begin(), schemas.end());
}

Migrator::~Migrator() = default;

int Migrator::up() {
  auto connection = impl_->connect();
  Impl::lock(connection);
  const auto before = applied(connection);
  int count = 0;
  for (const auto* schema : impl_->schemas) {
    bool open = false;
    for (const auto& migration : schema->migrations) {
      const auto checksum = id_of(migration.up);
      if (const auto* known = find(before, schema->name, migration.number)) {
        if (known->checksum != checksum)
          throw Error(Code::kFailedPrecondition, "MIGRATION_CHANGED",
                      "Migration " + label(schema->name, migration) +
                          " was changed after it had been applied. Take it back first, or write a new one.");
        continue;
      }
      if (!std::exchange(open, true)) impl_->open_schema(connection, *schema);
      Impl::step(connection, *schema, migration, migration.up, kInsert,
                 {schema->name, migration.number, migration.name, checksum});
      log::info("migration applied",
                {{"schema", schema->name}, {"number", migration.number}, {"name", migration.name}});
      ++count;
    }
  }
  return count;
}

int Migrator::down(int steps) {
  auto connection = impl_->connect();
  Impl::lock(connection);
  int count = 0;
  for (const auto& newest : applied(connection)) {
    if (count == steps) break;
    const Schema* schema = nullptr;
    const Migration* migration = nullptr;
    for (const auto* one : impl_->schemas)
      for (const auto& each : one->migrations)
        if (one->name == newest.schema && each.number == newest.number) schema = one, migration = &each;
    if (!migration)
      throw Error(Code::kFailedPrecondition, "MIGRATION_UNKNOWN",
                  "Migration " + newest.schema + " " + std::to_string(newest.number) +
                      " was applied by another version, which alone can take it back.");
    Impl::step(connection, *schema, *migration, migration->down, kDelete, {schema->name, migration->number});
    log::info("migration taken back",
              {{"schema", schema->name}, {"number", migration->number}, {"name", migration->name}});
    ++count;
  }
  return count;
}

std::vector<MigrationStatus> Migrator::status() {
  auto connection = impl_->connect();
  const auto all = connection.run(kIsNew, {})[0].flag("is_new") ? std::vector<Applied>() : applied(connection);
  std::vector<MigrationStatus> statuses;
  for (const auto* schema : impl_->schemas)
    for (const auto& migration : schema->migrations) {
      const auto* known = find(all, schema->name, migration.number);
      statuses.push_back(
          {schema->name, migration.number, migration.name, known ? std::optional(known->at) : std::nullopt});
    }
  return statuses;
}

}  // namespace centralita::pg
