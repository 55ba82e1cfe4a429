#pragma once

#include <chrono>
#include <pqxx/pqxx>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "libs/pg/pg.h"

namespace centralita::pg {

struct SessionOptions {
  std::string dsn;
  std::string application_name = "centralita";
  std::chrono::milliseconds statement_timeout{0};  ///< 0 for never.
};

/// A session of PostgreSQL, in UTC, that notices within half a minute when the server is gone. Not thread-safe.
/// Whatever fails is an Error, as pg::Tx promises.
class Connection {
 public:
  /// UNAVAILABLE when it cannot be made.
  explicit Connection(const SessionOptions& options);

  /// Any number of statements without arguments, in one round trip; what the last one returned. `what` is for messages.
  Rows script(const std::string& sql, std::string_view what);
  void prepare(const Statement& statement);
  /// Prepares the statement unless this session has done so.
  Rows run(const Statement& statement, std::span<const Param> params);

  /// Whether it must not be used again.
  bool spoilt() const { return spoilt_ || !session_.is_open(); }
  pqxx::connection& session() { return session_; }

 private:
  template <class Act>
  Rows guarded(std::string_view what, Act act);

  pqxx::connection session_;
  pqxx::quiet_errorhandler quiet_{session_};
  std::unordered_set<std::string_view> prepared_;
  bool spoilt_ = false;
};

}  // namespace centralita::pg
