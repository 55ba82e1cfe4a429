#include "libs/pg/pool.h"

#include <set>

#include "libs/base/error.h"
#include "libs/base/log.h"
#include "libs/base/metrics.h"
#include "libs/pg/coverage.h"

namespace centralita::pg {
namespace {

metrics::Gauge& in_use() {
  static auto& gauge =
      metrics::gauge("centralita_pg_connections_in_use", "Connections to the database held by someone.");
  return gauge;
}

metrics::Histogram& waited() {
  static auto& histogram = metrics::histogram("centralita_pg_wait_seconds", "Wait for a connection to the database.");
  return histogram;
}

}  // namespace

Pool::Impl::Impl(PoolOptions given) : options(std::move(given)) {}

Pool::Impl::Place::Place(Impl& pool) : pool_(pool) {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(pool.mutex);
  if (pool.places_taken < pool.options.size) {
    ++pool.places_taken;
  } else {
    Waiter me;
    pool.waiters.push_back(&me);
    if (!me.changed.wait_until(lock, start + pool.options.wait, [&] { return me.has_place; })) {
      std::erase(pool.waiters, &me);
      throw Error(Code::kResourceExhausted, "POOL_EXHAUSTED", "Every connection to the database is in use.");
    }
  }
  in_use().add(1);
  waited().observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

Pool::Impl::Place::~Place() {
  in_use().add(-1);
  const std::lock_guard lock(pool_.mutex);
  if (pool_.waiters.empty()) {
    --pool_.places_taken;
    return;
  }
  auto& next = *pool_.waiters.front();
  pool_.waiters.pop_front();
  next.has_place = true;
  next.changed.notify_one();
}

std::unique_ptr<Connection> Pool::Impl::begin(const std::string& sql) {
  if (auto connection = take_idle()) {
    try {
      connection->script(sql, "begin");
      return connection;
    } catch (const Error&) {
      if (!connection->spoilt()) throw;
    }
  }
  auto connection = open();
  connection->script(sql, "begin");
  return connection;
}

std::unique_ptr<Connection> Pool::Impl::take_idle() {
  const std::lock_guard lock(mutex);
  if (idle.empty()) return nullptr;
  auto connection = std::move(idle.back());
  idle.pop_back();
  return connection;
}

std::unique_ptr<Connection> Pool::Impl::open() const {
  return std::make_unique<Connection>(SessionOptions{options.dsn, options.application_name, options.statement_timeout});
}

void Pool::Impl::put(std::unique_ptr<Connection> connection) {
  if (connection->spoilt()) {
    log::warn("a connection to the database broke", {{"application", options.application_name}});
    return;
  }
  const std::lock_guard lock(mutex);
  idle.push_back(std::move(connection));
}

Pool::Pool(PoolOptions options, std::vector<const Schema*> schemas)
    : impl_(std::make_unique<Impl>(std::move(options))) {
  auto connection = impl_->open();
  std::set<std::string_view> names;
  for (const auto* schema : schemas)
    for (const auto& statement : schema->statements) {
      if (!names.insert(statement.name).second)
        throw Error(Code::kInternal, "DATABASE", "Statement " + std::string(statement.name) + " exists twice.");
      connection->prepare(statement);
    }
  for (const auto* schema : schemas) coverage::known(schema->statements);
  impl_->put(std::move(connection));
}

Pool::~Pool() = default;

bool Pool::alive() const {
  const std::lock_guard lock(impl_->probe_mutex);
  try {
    if (!impl_->probe || impl_->probe->spoilt()) impl_->probe = impl_->open();
    impl_->probe->script("SELECT 1", "probe");
    return true;
  } catch (const Error&) {
    impl_->probe.reset();
    return false;
  }
}

}  // namespace centralita::pg
