#include "libs/runtime/app.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sodium.h>
#include <unistd.h>

#include <atomic>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/base/log.h"
#include "libs/bus/postgres/postgres_bus.h"
#include "libs/bus/scheduler.h"
#include "libs/rpc/token.h"
#include "libs/runtime/health.h"

namespace centralita::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The services that a module may call; those of other processes are at `peers.<name>`.
constexpr const char* kServices[] = {"accounts", "conversations", "agent-orchestrator"};

pg::PoolOptions pool_options(const Config& config) {
  pg::PoolOptions options;
  options.dsn = config.required("postgres.dsn");
  options.size = config.number("postgres.pool", 24, 2, 500);
  options.wait = config.duration("postgres.wait", seconds{5});
  return options;
}

http::ServerOptions server_options(const Config& config) {
  http::ServerOptions options;
  options.address = config.text("http.address", "127.0.0.1");
  options.port = config.number("http.port", 8080, 0, 65'535);
  options.max_body = static_cast<size_t>(config.number("http.max_body", 1 << 20, 1 << 10, 1 << 30));
  return options;
}

/// "k1:<base64 of 32 bytes>,k2:…"; the first one seals.
security::Vault make_vault(const Config& config) {
  std::map<std::string, std::string> keys;
  std::string current;
  const std::string all = config.required("security.vault_keys");
  for (std::string_view rest = all; !rest.empty();) {
    const auto entry = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
    const auto colon = entry.find(':');
    const auto key = colon == std::string_view::npos ? std::nullopt : from_base64(entry.substr(colon + 1));
    if (!key) throw Error(Code::kInvalidArgument, "BAD_SETTING", "Setting security.vault_keys must be id:base64,… .");
    const std::string id(entry.substr(0, colon));
    if (current.empty()) current = id;
    keys[id] = *key;
  }
  return {std::move(keys), current};
}

std::vector<const pg::Schema*> schemas_of(std::span<const Module> modules) {
  std::vector<const pg::Schema*> schemas{&bus::schema()};
  for (const auto& module : modules)
    if (module.schema) schemas.push_back(module.schema);
  return schemas;
}

void configure_process(const Config& config) {
  if (sodium_init() < 0) throw Error(Code::kInternal, "NO_RANDOM", "libsodium cannot start.");
  log::configure(log::parse_level(config.text("log.level", "info")), config.text("log.service", "centralita"));
  const auto key = from_base64(config.required("security.internal_key"));
  if (!key || key->size() != crypto_auth_KEYBYTES)
    throw Error(Code::kInvalidArgument, "BAD_SETTING", "Setting security.internal_key must be 32 bytes in base64.");
  rpc::set_internal_key(*key);
}

}  // namespace

std::unique_ptr<bus::Bus> make_bus(const Config& config, pg::Pool& pool) {
  const auto engine = config.text("bus.engine", "postgres");
  if (engine != "postgres")
    throw Error(Code::kInvalidArgument, "BAD_SETTING", "Setting bus.engine must be postgres, not " + engine + ".");
  bus::PostgresBusOptions options;
  options.dsn = config.required("postgres.dsn");
  options.partitions = config.number("bus.partitions", options.partitions, 1, 1'024);
  options.lease = config.duration("bus.lease", options.lease);
  options.poll = config.duration("bus.poll", options.poll);
  options.window = config.number("bus.window", options.window, 1, 1'000'000);
  return bus::make_postgres_bus(pool, options);
}

struct App::Impl final : Host {
  Impl(const Config& settings, std::span<const Module> all, const Clock& time)
      : config_(settings),
        modules_(all),
        clock_(time),
        configured_((configure_process(config_), true)),
        vault_(make_vault(config_)),
        pool_(pool_options(config_), schemas_of(all)),
        bus_(make_bus(config_, pool_)),
        http_(server_options(config_)) {}

  const Config& config() const override { return config_; }
  const Clock& clock() const override { return clock_; }
  bus::Database database() override { return {&pool_, bus_.get()}; }
  const rpc::Peers& peers() const override { return peers_; }
  const security::Vault& vault() const override { return vault_; }
  http::Server& http() override { return http_; }
  void serve(grpc::Service& service) override { services_.push_back(&service); }
  void subscribe(bus::SubscriptionOptions options, bus::Handler handler) override {
    planned_.emplace_back(std::move(options), std::move(handler));
  }
  void ready_when(std::string what, std::function<bool()> ready) override {
    checks_.push_back({std::move(what), std::move(ready)});
  }

  void start() {
    // Modules of one process reach each other by the same RPCs as across processes, over a socket of their own.
    const std::string inside = "unix-abstract:centralita-" + std::to_string(getpid()) + "-" + new_id();
    for (const auto* name : kServices) peers_.set(name, channel_to(address_of(name, inside)));

    ready_when("database", [this] { return pool_.alive(); });
    ready_when("bus", [this] { return bus_->alive(); });
    add_health_routes(
        http_, [this] { return stopping_.load(); }, checks_);
    for (const auto& module : modules_) made_.push_back(module.make(*this));
    for (const auto* of_migrate : {"postgres.owner_dsn", "postgres.runtime_role"}) config_.text(of_migrate);
    config_.refuse_unread();

    if (!services_.empty()) start_rpc(inside);

    scheduler_ = std::make_unique<bus::Scheduler>(database(), clock_);
    for (auto& [options, handler] : planned_)
      subscriptions_.push_back(bus_->subscribe(std::move(options), std::move(handler)));
    http_.start();
    log::info("started", {{"http_port", http_.port()}, {"modules", modules_.size()}});
  }

  /// gRPC starts no server without services.
  void start_rpc(const std::string& inside) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(inside, grpc::InsecureServerCredentials());
    if (const auto address = config_.text("grpc.address"); !address.empty())
      builder.AddListeningPort(address, grpc::InsecureServerCredentials());
    for (auto* service : services_) builder.RegisterService(service);
    rpc_ = builder.BuildAndStart();
    if (!rpc_) throw Error(Code::kUnavailable, "PORT_TAKEN", "The RPC server cannot listen on grpc.address.");
  }

  void stop(milliseconds deadline) {
    if (stopping_.exchange(true)) return;
    const auto end = std::chrono::system_clock::now() + deadline;
    http_.stop(deadline / 2);
    subscriptions_.clear();
    scheduler_.reset();
    if (rpc_) rpc_->Shutdown(std::max(end, std::chrono::system_clock::now() + milliseconds{100}));
    rpc_.reset();
    while (!made_.empty()) made_.pop_back();
    log::info("stopped");
  }

  std::string address_of(const std::string& service, const std::string& inside) const {
    for (const auto& module : modules_)
      if (module.name == service) return inside;
    return config_.text("peers." + service);
  }

  static std::shared_ptr<grpc::Channel> channel_to(const std::string& address) {
    if (address.empty()) return nullptr;
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
    return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  }

  const Config config_;
  const std::span<const Module> modules_;
  const Clock& clock_;
  const bool configured_;
  const security::Vault vault_;
  pg::Pool pool_;
  const std::unique_ptr<bus::Bus> bus_;
  http::Server http_;
  rpc::Peers peers_;
  std::vector<Check> checks_;
  std::vector<grpc::Service*> services_;
  std::vector<std::pair<bus::SubscriptionOptions, bus::Handler>> planned_;
  std::vector<std::shared_ptr<void>> made_;
  std::unique_ptr<grpc::Server> rpc_;
  std::unique_ptr<bus::Scheduler> scheduler_;
  std::vector<std::unique_ptr<bus::Subscription>> subscriptions_;
  std::atomic<bool> stopping_{false};
};

App::App(const Config& config, std::span<const Module> modules, const Clock& clock)
    : impl_(std::make_unique<Impl>(config, modules, clock)) {}
App::~App() { impl_->stop(seconds{15}); }

void App::start() { impl_->start(); }
void App::stop(milliseconds deadline) { impl_->stop(deadline); }
int App::http_port() const { return impl_->http_.port(); }
Host& App::host() { return *impl_; }

}  // namespace centralita::runtime
