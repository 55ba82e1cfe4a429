#include "libs/base/clock.h"

#include <charconv>
#include <cstdio>

namespace centralita {
namespace {

/// Takes `digits` digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  const auto result = std::from_chars(text.data(), text.data() + digits, value);
  if (result.ptr != text.data() + digits || text[0] == '-') return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Time SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string format_time(Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::optional<Time> parse_time(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_number(text, 4);
  if (!y || !take(text, "-")) return std::nullopt;
  const auto mo = take_number(text, 2);
  if (!mo || !take(text, "-")) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d || !take(text, "Tt ")) return std::nullopt;
  const auto h = take_number(text, 2);
  if (!h || !take(text, ":")) return std::nullopt;
  const auto mi = take_number(text, 2);
  if (!mi || !take(text, ":")) return std::nullopt;
  const auto s = take_number(text, 2);
  if (!s) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;

  Time time = sys_days{date} + hours{*h} + minutes{*mi} + seconds{*s};
  if (take(text, ".")) {
    int micros = 0;
    int scale = 100'000;
    size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits, scale /= 10)
      micros += (text[digits] - '0') * scale;
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    time += microseconds{micros};
  }
  if (take(text, "Zz")) return text.empty() ? std::optional{time} : std::nullopt;
  const int sign = !text.empty() && text[0] == '-' ? -1 : 1;
  if (!take(text, "+-")) return std::nullopt;
  const auto offset_hours = take_number(text, 2);
  take(text, ":");
  const auto offset_minutes = text.empty() ? std::optional{0} : take_number(text, 2);
  if (!offset_hours || !offset_minutes || !text.empty()) return std::nullopt;
  return time - sign * (hours{*offset_hours} + minutes{*offset_minutes});
}

}  // namespace centralita
