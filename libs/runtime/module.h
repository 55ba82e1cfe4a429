#pragma once

#include <grpcpp/impl/service_type.h>

#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/config.h"
#include "libs/bus/bus.h"
#include "libs/bus/tx.h"
#include "libs/http/server.h"
#include "libs/rpc/client.h"
#include "libs/security/security.h"

namespace centralita::runtime {

/// What a process offers to the modules that it hosts. A module is given one when it is made, keeps what it needs of
/// it, and uses it only there: every reference outlives every module.
class Host {
 public:
  virtual ~Host() = default;

  virtual const Config& config() const = 0;
  virtual const Clock& clock() const = 0;
  virtual bus::Database database() = 0;
  virtual const rpc::Peers& peers() const = 0;
  virtual const security::Vault& vault() const = 0;

  /// The process's HTTP server; routes are added before it starts.
  virtual http::Server& http() = 0;
  /// Serves the RPCs of a service, which the module keeps.
  virtual void serve(grpc::Service& service) = 0;
  /// Reads events from the moment when every module of the process is made, until the process stops.
  virtual void subscribe(bus::SubscriptionOptions options, bus::Handler handler) = 0;
  /// /readyz says "not ready", naming `what`, while `ready` is false. Called at most once a second; must not throw.
  virtual void ready_when(std::string what, std::function<bool()> ready) = 0;
};

/// Something that an operator does from the command line, e.g. `centralita tenant create --name X`.
struct Command {
  struct Option {
    std::string name;  ///< Without dashes.
    std::string help;
    bool required = false;
  };
  std::string path;  ///< "tenant create"
  std::string help;
  std::vector<Option> options;
  /// Gets the options that were given; prints its result as one JSON object. Throws Error for what goes wrong.
  std::function<void(Host&, const std::map<std::string, std::string>& options, std::ostream& out)> run;
  /// Instead of `run`, for what works before the database is as the program expects it.
  std::function<void(const Config&, const std::map<std::string, std::string>& options, std::ostream& out)>
      run_without_host;
};

/// A module: what it is called, what it needs in the database, and how it is made. The object that `make` returns owns
/// the module's parts and dies after its subscriptions and servers have stopped.
struct Module {
  const char* name;
  const pg::Schema* schema;  ///< nullptr where it keeps nothing.
  std::function<std::shared_ptr<void>(Host&)> make;
  std::vector<Command> commands;
};

/// The whole of main(): parses the command line (serve, migrate, dead-letters, and the modules' commands), runs, and
/// returns the exit code. A bad configuration is told on standard error and gives 1.
int run(int argc, char** argv, std::span<const Module> modules);

}  // namespace centralita::runtime
