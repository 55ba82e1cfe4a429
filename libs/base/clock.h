#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace centralita {

/// A moment in UTC, to the microsecond: what PostgreSQL's timestamptz can hold.
using Time = std::chrono::sys_time<std::chrono::microseconds>;

/// What time it is. Thread-safe. A test may stand still or jump.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
};

/// RFC 3339 in UTC with microseconds, e.g. "2026-11-21T09:30:00.000000Z".
std::string format_time(Time time);
/// Nothing when the text is not RFC 3339. Any offset is accepted, and so are PostgreSQL's blank for "T" and "+00".
std::optional<Time> parse_time(std::string_view text);

}  // namespace centralita
