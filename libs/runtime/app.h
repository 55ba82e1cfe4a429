#pragma once

#include <chrono>
#include <memory>
#include <span>

#include "libs/runtime/module.h"

namespace centralita::runtime {

/// Modules running together in this process: database, bus, HTTP and gRPC servers, subscriptions. What main() runs, and
/// what tests run in their own process.
class App {
 public:
  /// Makes what modules need; throws Error when the configuration is bad or the database away. `modules` and `clock`
  /// must outlive the App.
  App(const Config& config, std::span<const Module> modules, const Clock& clock);
  ~App();

  /// Makes the modules and starts servers and subscriptions; returns when requests are accepted.
  void start();
  /// Stops in the order HTTP, subscriptions, RPCs; what is under way is finished, at most until the deadline. A stopped
  /// App is not started again.
  void stop(std::chrono::milliseconds deadline = std::chrono::seconds{15});

  int http_port() const;
  Host& host();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The bus that the configuration asks for.
std::unique_ptr<bus::Bus> make_bus(const Config& config, pg::Pool& pool);

}  // namespace centralita::runtime
