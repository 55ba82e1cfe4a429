#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

/// JSON lines on standard error: time, level, a constant phrase, the thread's trace id, and fields. Thread-safe. Never
/// give it a credential or a customer's text; addresses of customers go through `masked`.
namespace centralita::log {

struct Field {
  std::string_view key;
  std::variant<std::string, int64_t, double, bool> value;

  Field(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  template <std::integral T>
  Field(std::string_view k, T v) : key(k), value(static_cast<int64_t>(v)) {}
};
using Fields = std::initializer_list<Field>;

enum class Level { kDebug, kInfo, kWarn, kError, kOff };

void debug(std::string_view phrase, Fields fields = {});
void info(std::string_view phrase, Fields fields = {});
void warn(std::string_view phrase, Fields fields = {});
void error(std::string_view phrase, Fields fields = {});

/// Lines below this level are dropped. `service` becomes a field of each line.
void configure(Level level, std::string_view service);
/// "debug", "info", "warn", "error", "off"; INVALID_ARGUMENT for anything else.
Level parse_level(std::string_view text);

/// The last two characters, the rest as stars: enough to recognise, not enough to call.
std::string masked(std::string_view address);

}  // namespace centralita::log
