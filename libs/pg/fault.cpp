#include "libs/pg/fault.h"

#include <algorithm>
#include <cctype>
#include <pqxx/pqxx>
#include <set>
#include <string>

namespace centralita::pg {
namespace {

/// The text between `start`, where it occurs last, and the end of that line: what comes before may be a customer's.
std::string line_after(std::string_view text, std::string_view start) {
  const auto found = text.rfind(start);
  if (found == std::string_view::npos) return {};
  text.remove_prefix(found + start.size());
  return std::string(text.substr(0, text.find('\n')));
}

std::string constraint_of(std::string_view message) {
  auto constraint = line_after(message, "\nCONSTRAINT NAME:  ");
  std::transform(constraint.begin(), constraint.end(), constraint.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return constraint.empty() ? "CONSTRAINT" : constraint;
}

/// A verbose message starts with "SEVERITY:  SQLSTATE: "; libpqxx itself does not hand the state over for every kind of
/// error. Empty when the message is not the server's.
std::string state_of(std::string_view message) {
  const auto start = message.find(":  ");
  if (start == std::string_view::npos || start > message.find('\n')) return {};
  const auto state = message.substr(start + 3, 5);
  const bool ends = message.substr(start + 3 + state.size()).starts_with(": ");
  const auto is_mark = [](unsigned char c) { return std::isdigit(c) || std::isupper(c); };
  return ends && std::all_of(state.begin(), state.end(), is_mark) ? std::string(state) : std::string();
}

/// What the message says first, without severity and state.
std::string primary_of(std::string_view message, const std::string& state) {
  const auto line = message.substr(0, message.find('\n'));
  return std::string(line.substr(line.find(state + ": ") + state.size() + 2));
}

/// PostgreSQL 15 documentation, appendix A.
bool is_away(const std::string& state) {
  static const std::set<std::string> kAway = {
      "25P03",  // idle_in_transaction_session_timeout
      "25006",  // read only: what was the primary is now a replica
      "57P01", "57P02", "57P03", "57P04", "57P05",
  };
  return (state.starts_with("08") && state != "08P01") || kAway.contains(state);
}

/// No disk, no memory, an I/O error: nothing that the caller could do otherwise.
bool is_in_trouble(const std::string& state) { return state.starts_with("53") || state.starts_with("58"); }

}  // namespace

Fault to_fault(const std::exception& failure, std::string_view what) {
  const std::string message = failure.what();
  const std::string where = "Statement " + std::string(what) + ": ";
  const auto state = state_of(message);
  if (state.empty()) {
    // Only the server's refusals carry a state: this one never reached it, or its answer never reached us.
    if (dynamic_cast<const pqxx::failure*>(&failure))
      return {Error(Code::kUnavailable, "DATABASE_AWAY", where + "the database is away."), true};
    return {Error(Code::kInternal, "DATABASE", where + message), true};
  }
  if (is_away(state)) return {Error(Code::kUnavailable, "DATABASE_AWAY", where + "the database is away."), true};
  if (is_in_trouble(state))
    return {Error(Code::kUnavailable, "DATABASE_IN_TROUBLE", where + primary_of(message, state)), false};
  if (state == "23505" || state == "23P01")
    return {Error(Code::kAlreadyExists, constraint_of(message), where + "it exists already."), false};
  if (state == "23503" || state == "23001")
    return {
        Error(Code::kFailedPrecondition, constraint_of(message), where + "what it refers to is not there, or in use."),
        false};
  if (state == "23514")
    return {Error(Code::kInvalidArgument, constraint_of(message), where + "a value is not allowed."), false};
  // PostgreSQL's own words are left out here and above: they repeat the value.
  if (state.starts_with("22") || state == "54000")
    return {Error(Code::kInvalidArgument, "MALFORMED_VALUE", where + "a value is malformed (" + state + ")."), false};
  if (state == "55P03" || state.starts_with("40"))
    return {Error(Code::kAborted, "CONFLICT", where + "lost against another transaction."), false};
  if (state == "57014") return {Error(Code::kDeadlineExceeded, "DATABASE_SLOW", where + "took too long."), false};
  // The only way that a statement meets it which could be prepared: its tables have changed since.
  if (state == "0A000") return {Error(Code::kAborted, "TABLES_CHANGED", where + primary_of(message, state)), true};
  return {Error(Code::kInternal, "DATABASE", where + primary_of(message, state) + " (" + state + ")"), false};
}

}  // namespace centralita::pg
