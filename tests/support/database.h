#pragma once

#include <string>
#include <vector>

#include "libs/pg/pg.h"

namespace centralita {

/// A fresh database with the migrations of these schemas applied, dropped when destroyed. It is cloned from a template
/// that is made once per set of migrations and day, so it costs some tens of milliseconds; any number of processes may
/// do so at once. Takes the server and the two roles from CENTRALITA_TEST_OWNER_DSN and CENTRALITA_TEST_APP_DSN, and
/// throws where they are missing.
class TestDatabase {
 public:
  explicit TestDatabase(std::vector<const pg::Schema*> schemas);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  /// Owns the schemas; may migrate.
  const std::string& owner_dsn() const { return owner_dsn_; }
  /// The runtime role, under row-level security.
  const std::string& app_dsn() const { return app_dsn_; }
  /// What the runtime role is called.
  const std::string& app_role() const { return app_role_; }

  /// Refuses every new connection and drops those of the runtime role, until restore().
  void cut_off() const;
  void restore() const;

 private:
  std::string name_;
  std::string owner_dsn_;
  std::string app_dsn_;
  std::string app_role_;
};

}  // namespace centralita
