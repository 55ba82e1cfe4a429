#include "libs/pg/connection.h"

#include "libs/base/error.h"
#include "libs/pg/coverage.h"
#include "libs/pg/dsn.h"
#include "libs/pg/fault.h"
#include "libs/pg/result_set.h"

namespace centralita::pg {
namespace {

struct Argument {
  const Param* param;
};

}  // namespace
}  // namespace centralita::pg

namespace pqxx {

template <>
struct string_traits<centralita::pg::Argument> {
  static bool is_null(const centralita::pg::Argument& argument) { return argument.param->is_null(); }
  static std::string to_string(const centralita::pg::Argument& argument) {
    return std::string(argument.param->value());
  }
};

}  // namespace pqxx

namespace centralita::pg {
namespace {

/// What the connection string says itself has precedence. A server that went away without a word is noticed after 25 s.
std::string with_defaults(const SessionOptions& options) {
  auto parameters = parse_dsn(options.dsn);
  parameters.merge(std::map<std::string, std::string>{{"application_name", options.application_name},
                                                      {"client_encoding", "UTF8"},
                                                      {"connect_timeout", "5"},
                                                      {"keepalives_idle", "10"},
                                                      {"keepalives_interval", "5"},
                                                      {"keepalives_count", "3"},
                                                      {"tcp_user_timeout", "25000"}});
  return format_dsn(parameters);
}

/// A session that is left in the middle of a transaction keeps its locks: not for longer than a minute.
std::string settings(const SessionOptions& options) {
  return "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET bytea_output = 'hex'; SET search_path = public;"
         "SET idle_in_transaction_session_timeout = '60s'; SET statement_timeout = " +
         std::to_string(options.statement_timeout.count());
}

pqxx::connection connect(const SessionOptions& options) {
  try {
    return pqxx::connection(with_defaults(options));
  } catch (const pqxx::failure& failure) {
    throw Error(Code::kUnavailable, "DATABASE_AWAY", std::string("No connection to the database: ") + failure.what());
  }
}

}  // namespace

Connection::Connection(const SessionOptions& options) : session_(connect(options)) {
  session_.set_verbosity(pqxx::connection_base::verbose);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  // Otherwise libpqxx would go on in a new session in silence, outside of our transaction and without our settings.
  session_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  script(settings(options), "settings");
}

template <class Act>
Rows Connection::guarded(std::string_view what, Act act) {
  try {
    return Rows(std::make_shared<ResultSet>(act(), std::string(what)));
  } catch (const pqxx::pqxx_exception& failure) {
    auto fault = to_fault(failure.base(), what);
    spoilt_ = spoilt_ || fault.connection_spoilt;
    throw std::move(fault.error);
  }
}

Rows Connection::script(const std::string& sql, std::string_view what) {
  return guarded(what, [&] { return pqxx::nontransaction(session_).exec(sql); });
}

void Connection::prepare(const Statement& statement) {
  if (prepared_.contains(statement.name)) return;
  guarded(statement.name, [&] {
    session_.prepare(statement.name, statement.text);
    session_.prepare_now(statement.name);
    return pqxx::result();
  });
  prepared_.insert(statement.name);
}

Rows Connection::run(const Statement& statement, std::span<const Param> params) {
  std::vector<Argument> arguments;
  arguments.reserve(params.size());
  for (const auto& param : params) {
    if (param.value().find('\0') != std::string_view::npos)
      throw Error(Code::kInvalidArgument, "MALFORMED_VALUE",
                  "Statement " + std::string(statement.name) + ": text holds a NUL character.");
    arguments.push_back({&param});
  }
  prepare(statement);
  coverage::executed(statement);
  return guarded(statement.name, [&] {
    return pqxx::nontransaction(session_).exec_prepared(statement.name, pqxx::prepare::make_dynamic_params(arguments));
  });
}

}  // namespace centralita::pg
