#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"

namespace centralita::pg {

/// A named statement, made from a queries.sql by embed_sql; lives for ever.
struct Statement {
  const char* name;  ///< "<schema>.<name>", unique in the process.
  const char* text;
};

struct Migration {
  int number;
  const char* name;
  const char* up;
  const char* down;
};

/// Everything that embed_sql found in one service or library.
struct Schema {
  const char* name;
  std::span<const Statement> statements;
  std::span<const Migration> migrations;
};

/// An argument of a statement. Text is passed as text, bytes as bytea, times as timestamptz; an empty optional is NULL.
/// Holds no copy of text: it must outlive the call.
class Param {
 public:
  Param(std::nullptr_t) {}                                           // NOLINT(google-explicit-constructor)
  Param(std::nullopt_t) {}                                           // NOLINT(google-explicit-constructor)
  Param(std::string_view text) : text_(text), null_(false) {}        // NOLINT(google-explicit-constructor)
  Param(const std::string& text) : Param(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  Param(const char* text) : Param(std::string_view(text)) {}         // NOLINT(google-explicit-constructor)
  Param(int value) : Param(owned(std::to_string(value))) {}          // NOLINT(google-explicit-constructor)
  template <std::integral T>
  Param(T value) : Param(owned(std::to_string(value))) {}            // NOLINT(google-explicit-constructor)
  Param(bool value) : Param(std::string_view(value ? "t" : "f")) {}  // NOLINT(google-explicit-constructor)
  Param(double value);                                               // NOLINT(google-explicit-constructor)
  Param(Time value) : Param(owned(format_time(value))) {}            // NOLINT(google-explicit-constructor)
  template <class T>
  Param(const std::optional<T>& value) : Param(value ? Param(*value) : Param(nullptr)) {}  // NOLINT
  /// Raw bytes, for a bytea.
  static Param bytes(std::string_view value);
  /// A text[], from any number of strings; the server makes a uuid[] of it where it expects one.
  static Param array(std::span<const std::string> values);
  /// A bytea[], from any number of byte strings.
  static Param byte_array(std::span<const std::string> values);
  /// An int8[].
  static Param array(std::span<const int64_t> values);

  bool is_null() const { return null_; }
  /// In PostgreSQL's text form.
  std::string_view value() const { return owned_.empty() ? text_ : std::string_view(owned_); }

 private:
  static Param owned(std::string value);

  std::string_view text_;
  std::string owned_;
  bool null_ = true;
};

class Rows;
struct ResultSet;

/// One row of a result, which it keeps alive. Columns by name; asking for a column that the statement does not
/// return, or for the time of a NULL without an optional, throws INTERNAL.
class Row {
 public:
  std::string text(std::string_view column) const;   ///< "" for NULL.
  int64_t number(std::string_view column) const;     ///< 0 for NULL.
  double real(std::string_view column) const;        ///< 0 for NULL.
  bool flag(std::string_view column) const;          ///< false for NULL.
  std::string bytes(std::string_view column) const;  ///< "" for NULL.
  Time time(std::string_view column) const;
  std::optional<Time> maybe_time(std::string_view column) const;
  std::vector<std::string> array(std::string_view column) const;  ///< A text[] or uuid[] without NULLs.
  bool is_null(std::string_view column) const;

 private:
  friend class Rows;
  Row(const Rows& rows, int index);
  /// Nothing for NULL.
  std::optional<std::string_view> raw(std::string_view column) const;
  template <class T>
  T parsed(std::string_view column) const;

  std::shared_ptr<const ResultSet> result_;
  int index_;
};

class Rows {
 public:
  class Iterator {
   public:
    Iterator(const Rows& rows, int index) : rows_(&rows), index_(index) {}
    Row operator*() const { return (*rows_)[index_]; }
    Iterator& operator++() { return ++index_, *this; }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const Rows* rows_;
    int index_;
  };

  explicit Rows(std::shared_ptr<const ResultSet> result) : result_(std::move(result)) {}
  int size() const;
  bool empty() const { return size() == 0; }
  /// How many rows the statement changed.
  int changed() const;
  Row operator[](int index) const { return {*this, index}; }
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  friend class Row;
  std::shared_ptr<const ResultSet> result_;
};

struct PoolOptions {
  std::string dsn;
  int size = 16;                                        ///< Connections at most; opened when needed.
  std::chrono::milliseconds wait{5'000};                ///< How long to wait for a free one before RESOURCE_EXHAUSTED.
  std::chrono::milliseconds statement_timeout{30'000};  ///< Then a statement is DEADLINE_EXCEEDED; 0 for never.
  std::string application_name = "centralita";
};

/// Connections as the runtime role. Thread-safe. A connection that broke is replaced; while the database is away every
/// use throws UNAVAILABLE.
class Pool {
 public:
  /// Connects once and prepares every statement of the schemas: UNAVAILABLE when the database is away, INTERNAL naming
  /// the statement when one does not fit the tables.
  Pool(PoolOptions options, std::vector<const Schema*> schemas);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Asks the database for something trivial. Never throws.
  bool alive() const;

 private:
  friend class Tx;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One transaction (read committed) on one connection, for one tenant. Not thread-safe; rolled back unless committed.
///
/// Errors of the database become Errors: a violated unique or exclusion constraint ALREADY_EXISTS with the constraint's
/// name in capitals as reason; a foreign key FAILED_PRECONDITION; a check or a malformed value INVALID_ARGUMENT; a lost
/// connection or a database without disk or memory UNAVAILABLE; deadlock, serialization failure and tables changed
/// under a prepared statement ABORTED; a statement that took too long DEADLINE_EXCEEDED; anything else INTERNAL. After
/// one there is nothing left to do but to roll back.
class Tx {
 public:
  /// `tenant_id`, a UUID, empty: rows of no tenant are visible.
  Tx(Pool& pool, std::string_view tenant_id);
  virtual ~Tx();
  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;

  /// Makes another tenant the transaction's, from here on.
  void set_tenant(std::string_view tenant_id);
  const std::string& tenant_id() const { return tenant_id_; }

  Rows all(const Statement& statement, std::initializer_list<Param> params = {});
  /// The only row; nothing when there is none.
  std::optional<Row> maybe(const Statement& statement, std::initializer_list<Param> params = {});
  /// The only row; INTERNAL when there is none.
  Row one(const Statement& statement, std::initializer_list<Param> params = {});
  /// How many rows were changed.
  int run(const Statement& statement, std::initializer_list<Param> params = {});
  /// The same four with the arguments as they come: tx.one(sql::x, id, name).
  template <class... Args>
  requires(sizeof...(Args) > 0) Rows all(const Statement& statement, const Args&... args) {
    return all(statement, {Param(args)...});
  }
  template <class... Args>
  requires(sizeof...(Args) > 0) std::optional<Row> maybe(const Statement& statement, const Args&... args) {
    return maybe(statement, {Param(args)...});
  }
  template <class... Args>
  requires(sizeof...(Args) > 0) Row one(const Statement& statement, const Args&... args) {
    return one(statement, {Param(args)...});
  }
  template <class... Args>
  requires(sizeof...(Args) > 0) int run(const Statement& statement, const Args&... args) {
    return run(statement, {Param(args)...});
  }

  /// Durable when it returns. When the connection breaks in the middle it throws UNAVAILABLE, and whether it was
  /// committed is not known: callers repeat, handlers are idempotent.
  virtual void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::string tenant_id_;
};

/// A connection outside the pool that hears NOTIFY. Not thread-safe. Reconnects by itself; what was said while it was
/// away is not heard, so a listener also looks now and then.
class Listener {
 public:
  Listener(const std::string& dsn, std::vector<std::string> channels);
  ~Listener();
  /// Waits until something was said or the time is over; the payloads heard, in order.
  std::vector<std::string> wait(std::chrono::milliseconds at_most);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What stands and what is missing, schema by schema.
struct MigrationStatus {
  std::string schema;
  int number;
  std::string name;
  std::optional<Time> applied_at;
};

/// Applies schemas as the owner. Each migration is one transaction together with its record; a lock makes two runs at
/// once wait for each other.
class Migrator {
 public:
  /// `runtime_role` gets what it needs on each schema: use, and select, insert, update, delete on what is made there.
  /// The schema `centralita`, with tenant() and protect(table), comes before the given ones. Unqualified names in a
  /// migration are of its own schema; statements qualify theirs.
  Migrator(const std::string& owner_dsn, const std::string& runtime_role, std::vector<const Schema*> schemas);
  ~Migrator();
  /// How many were applied. FAILED_PRECONDITION when a migration was changed after it was applied.
  int up();
  /// Takes back the newest `steps` migrations, over all schemas; how many were taken back.
  int down(int steps);
  std::vector<MigrationStatus> status();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace centralita::pg
