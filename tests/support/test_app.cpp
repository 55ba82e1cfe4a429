#include "tests/support/test_app.h"

#include <algorithm>
#include <sstream>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/bus/postgres/postgres_bus.h"

namespace centralita::tests {
namespace {

std::vector<const pg::Schema*> schemas_of(const std::vector<runtime::Module>& modules) {
  std::vector<const pg::Schema*> schemas{&bus::schema()};
  for (const auto& module : modules)
    if (module.schema) schemas.push_back(module.schema);
  return schemas;
}

}  // namespace

TestApp::TestApp(std::vector<runtime::Module> modules) : modules_(std::move(modules)), database_(schemas_of(modules_)) {
  Config config;
  config.set("postgres.dsn", database_.app_dsn());
  config.set("http.port", "0");
  config.set("security.internal_key", to_base64(std::string(32, 'i')));
  config.set("security.vault_keys", "t1:" + to_base64(std::string(32, 'v')));
  config.set("log.level", "off");
  app_ = std::make_unique<runtime::App>(config, modules_, clock_);
  app_->start();
}

TestApp::~TestApp() = default;

nlohmann::json TestApp::command(const std::string& path, const std::map<std::string, std::string>& options) {
  for (const auto& module : modules_)
    for (const auto& command : module.commands)
      if (command.path == path) {
        std::ostringstream out;
        command.run(app_->host(), options, out);
        return nlohmann::json::parse(out.str());
      }
  throw not_found("command " + path);
}

std::string TestApp::new_tenant(const std::string& name, const std::string& region) {
  return command("tenant create", {{"name", name}, {"region", region}})["tenantId"];
}

Caller staff(const std::string& tenant_id) { return {tenant_id, "user:" + new_id(), {"*"}, Trace::start()}; }

}  // namespace centralita::tests
