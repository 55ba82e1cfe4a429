#include "tests/support/database.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>

#include "libs/base/id.h"
#include "libs/pg/connection.h"
#include "libs/pg/dsn.h"
#include "libs/pg/tenancy.h"

namespace centralita {
namespace {

constexpr pg::Statement kNames{"test.names", "SELECT datname FROM pg_database WHERE datname LIKE $1 || '%'"};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value)
    throw std::runtime_error(std::string(name) +
                             " is not set: start the tests with tests/run, which starts PostgreSQL.");
  return value;
}

std::string with_database(const std::string& dsn, const std::string& name) {
  auto parameters = pg::parse_dsn(dsn);
  parameters["dbname"] = name;
  return pg::format_dsn(parameters);
}

/// Processes of another container share the server but not our process ids.
std::string prefix() {
  struct stat pids {};
  stat("/proc/self/ns/pid", &pids);
  return "centralita_test_" + std::to_string(pids.st_ino) + "_";
}

std::string today() { return format_time(SystemClock{}.now()).substr(0, 10); }

class Server {
 public:
  explicit Server(const std::string& dsn) : connection_({.dsn = dsn, .application_name = "centralita tests"}) {}

  void run(const std::string& sql) { connection_.script(sql, "test database"); }

  std::vector<std::string> databases(const std::string& start) {
    std::vector<std::string> names;
    for (const auto row : connection_.run(kNames, {{start}})) names.push_back(row.text("datname"));
    return names;
  }

  void drop(const std::string& name) { run("DROP DATABASE IF EXISTS \"" + name + "\" WITH (FORCE)"); }

  /// Nobody clones a template while it is made or dropped.
  void lock(const char* how) { run(std::string("SELECT pg_advisory_lock") + how + "(4711)"); }
  void unlock() { run("SELECT pg_advisory_unlock_all()"); }

 private:
  pg::Connection connection_;
};

/// What processes left that were killed, and the templates of other days.
void drop_leftovers(Server& server) {
  const auto mine = prefix();
  for (const auto& name : server.databases(mine)) {
    const auto pid = std::atoi(name.c_str() + mine.size());
    if (kill(pid, 0) < 0 && errno == ESRCH) server.drop(name);
  }
  const auto current = "centralita_template_" + today();
  for (const auto& name : server.databases("centralita_template_"))
    if (!name.starts_with(current)) server.drop(name);
}

void make_template(Server& server, const std::string& owner, const std::string& role, const std::string& name,
                   const std::vector<const pg::Schema*>& schemas) {
  drop_leftovers(server);
  const auto unfinished = prefix() + std::to_string(getpid()) + "_template";
  server.drop(unfinished);
  server.run("CREATE DATABASE \"" + unfinished + "\"");
  pg::Migrator(with_database(owner, unfinished), role, schemas).up();
  server.run("ALTER DATABASE \"" + unfinished + "\" RENAME TO \"" + name + "\"");
}

std::string template_of(std::vector<const pg::Schema*> schemas, const std::string& role) {
  schemas.push_back(&pg::tenancy());
  std::string all = role;
  for (const auto* schema : schemas) {
    all += std::string("\n") + schema->name;
    for (const auto& migration : schema->migrations) all += std::string("\n") + migration.name + "\n" + migration.up;
  }
  return "centralita_template_" + today() + "_" + id_of(all).substr(0, 13);
}

}  // namespace

TestDatabase::TestDatabase(std::vector<const pg::Schema*> schemas) {
  static std::atomic<int> count = 0;
  const auto owner = environment("CENTRALITA_TEST_OWNER_DSN");
  const auto app = environment("CENTRALITA_TEST_APP_DSN");
  app_role_ = pg::parse_dsn(app)["user"];
  name_ = prefix() + std::to_string(getpid()) + "_" + std::to_string(++count);
  owner_dsn_ = with_database(owner, name_);
  app_dsn_ = with_database(app, name_);

  Server server(owner);
  const auto source = template_of(schemas, app_role_);
  server.lock("_shared");
  while (server.databases(source).empty()) {
    server.unlock();
    server.lock("");
    if (server.databases(source).empty()) make_template(server, owner, app_role_, source, schemas);
    server.unlock();
    server.lock("_shared");
  }
  server.drop(name_);
  server.run("CREATE DATABASE \"" + name_ + "\" TEMPLATE \"" + source + "\" STRATEGY FILE_COPY");
}

void TestDatabase::cut_off() const {
  Server(environment("CENTRALITA_TEST_OWNER_DSN")).run("ALTER DATABASE \"" + name_ + "\" ALLOW_CONNECTIONS false");
  Server(environment("CENTRALITA_TEST_APP_DSN"))
      .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name_ + "' AND usename = '" +
           app_role_ + "'");
}

void TestDatabase::restore() const {
  Server(environment("CENTRALITA_TEST_OWNER_DSN")).run("ALTER DATABASE \"" + name_ + "\" ALLOW_CONNECTIONS true");
}

TestDatabase::~TestDatabase() {
  try {
    Server(environment("CENTRALITA_TEST_OWNER_DSN")).drop(name_);
  } catch (const std::exception&) {
    // Dropped as a leftover later on.
  }
}

}  // namespace centralita
