#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "libs/base/caller.h"
#include "libs/runtime/app.h"
#include "tests/support/database.h"

namespace centralita::tests {

/// A few modules in this process, with a fresh database and keys of their own: for a service's test.
class TestApp {
 public:
  explicit TestApp(std::vector<runtime::Module> modules);
  ~TestApp();

  bus::Database database() { return app_->host().database(); }
  const TestDatabase& test_database() const { return database_; }
  /// Where a service of the modules is.
  std::shared_ptr<grpc::Channel> at(const std::string& service) { return app_->host().peers().at(service); }
  /// What an operator's command prints.
  nlohmann::json command(const std::string& path, const std::map<std::string, std::string>& options);
  /// A new tenant's id.
  std::string new_tenant(const std::string& name = "Clínica Dental", const std::string& region = "CO");

 private:
  const std::vector<runtime::Module> modules_;
  const TestDatabase database_;
  const SystemClock clock_;
  std::unique_ptr<runtime::App> app_;
};

/// Somebody of the tenant's staff who may do everything.
Caller staff(const std::string& tenant_id);

}  // namespace centralita::tests
