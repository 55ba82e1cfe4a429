#pragma once

#include <string>
#include <string_view>

namespace centralita {

/// A position in a distributed trace: W3C Trace Context, https://www.w3.org/TR/trace-context/.
struct Trace {
  std::string trace_id;  ///< 32 lower-case hex digits.
  std::string span_id;   ///< 16 lower-case hex digits.

  /// A new trace.
  static Trace start();
  /// The trace of a `traceparent` header, or a new one where the header is absent or malformed.
  static Trace parse(std::string_view traceparent);
  /// The same trace, one step further.
  Trace next() const;
  /// As a `traceparent` header, sampled.
  std::string header() const;
};

/// Makes a trace that of the current thread, so that each log line carries it, and restores the former one.
class TraceScope {
 public:
  explicit TraceScope(Trace trace);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

  /// The current thread's trace; its ids are empty outside any scope.
  static const Trace& current();

 private:
  Trace former_;
};

}  // namespace centralita
