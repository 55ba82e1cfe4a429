#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/base/metrics.h"
#include "libs/pg/pool.h"

namespace centralita::pg {
namespace {

enum class State { kOpen, kFailed, kCommitted };

metrics::Counter& transactions(const char* end) {
  return metrics::counter("centralita_pg_transactions_total", "Transactions in the database.", {{"end", end}});
}

/// For the current transaction only.
std::string set_tenant_sql(std::string_view tenant_id) {
  if (!tenant_id.empty() && !is_id(tenant_id))
    throw Error(Code::kInvalidArgument, "MALFORMED_TENANT", "A tenant's id is a UUID.");
  return "SET LOCAL centralita.tenant_id = '" + std::string(tenant_id) + "'";
}

}  // namespace

struct Tx::Impl {
  Impl(Pool::Impl& pool, const std::string& sql) : pool_(pool), place_(pool), connection_(pool.begin(sql)) {}

  ~Impl() {
    if (state_ != State::kCommitted) roll_back();
    pool_.put(std::move(connection_));
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// After a failure the transaction can only be rolled back.
  template <class Act>
  auto attempt(Act act) {
    if (state_ != State::kOpen)
      throw Error(
          Code::kInternal, "DATABASE",
          state_ == State::kFailed ? "A transaction went on after a failure." : "A transaction is over already.");
    state_ = State::kFailed;
    auto result = act(*connection_);
    state_ = State::kOpen;
    return result;
  }

  void commit() {
    static auto& commits = transactions("commit");
    attempt([](Connection& connection) { return connection.script("COMMIT", "commit"); });
    state_ = State::kCommitted;
    commits.add();
  }

 private:
  void roll_back() noexcept {
    static auto& rollbacks = transactions("rollback");
    rollbacks.add();
    if (connection_->spoilt()) return;
    try {
      connection_->script("ROLLBACK", "rollback");
    } catch (const Error&) {
      // Spoilt now: the server rolls back by itself.
    }
  }

  Pool::Impl& pool_;
  Pool::Impl::Place place_;
  std::unique_ptr<Connection> connection_;
  State state_ = State::kOpen;
};

Tx::Tx(Pool& pool, std::string_view tenant_id)
    : impl_(std::make_unique<Impl>(*pool.impl_, "BEGIN; " + set_tenant_sql(tenant_id))), tenant_id_(tenant_id) {}

Tx::~Tx() = default;

void Tx::set_tenant(std::string_view tenant_id) {
  const auto sql = set_tenant_sql(tenant_id);
  impl_->attempt([&](Connection& connection) { return connection.script(sql, "set_tenant"); });
  tenant_id_ = tenant_id;
}

Rows Tx::all(const Statement& statement, std::initializer_list<Param> params) {
  return impl_->attempt(
      [&](Connection& connection) { return connection.run(statement, std::span(params.begin(), params.size())); });
}

std::optional<Row> Tx::maybe(const Statement& statement, std::initializer_list<Param> params) {
  const auto rows = all(statement, params);
  if (rows.size() > 1)
    throw Error(Code::kInternal, "DATABASE", "Statement " + std::string(statement.name) + " returned several rows.");
  if (rows.empty()) return std::nullopt;
  return rows[0];
}

Row Tx::one(const Statement& statement, std::initializer_list<Param> params) {
  auto row = maybe(statement, params);
  if (!row) throw Error(Code::kInternal, "DATABASE", "Statement " + std::string(statement.name) + " returned no row.");
  return *std::move(row);
}

int Tx::run(const Statement& statement, std::initializer_list<Param> params) {
  return all(statement, params).changed();
}

void Tx::commit() { impl_->commit(); }

}  // namespace centralita::pg
