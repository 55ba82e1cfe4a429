#include "libs/text/zone.h"

#include <unicode/timezone.h>

#include <memory>

namespace centralita::text {
namespace {

icu::UnicodeString to_unicode(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
}

std::chrono::milliseconds offset_of(Time time, std::string_view zone) {
  using std::chrono::milliseconds;
  if (!is_zone(zone)) return milliseconds{0};
  const std::unique_ptr<icu::TimeZone> rules(icu::TimeZone::createTimeZone(to_unicode(zone)));
  const auto since_epoch = std::chrono::floor<milliseconds>(time).time_since_epoch();
  int32_t raw = 0;
  int32_t summer = 0;
  UErrorCode status = U_ZERO_ERROR;
  rules->getOffset(static_cast<UDate>(since_epoch.count()), false, raw, summer, status);
  return milliseconds{U_SUCCESS(status) ? raw + summer : 0};
}

}  // namespace

bool is_zone(std::string_view name) {
  icu::UnicodeString canonical;
  UBool known = false;
  UErrorCode status = U_ZERO_ERROR;
  icu::TimeZone::getCanonicalID(to_unicode(name), canonical, known, status);
  return U_SUCCESS(status) && known;
}

LocalTime local_time(Time time, std::string_view zone) {
  using namespace std::chrono;
  const auto local = time + offset_of(time, zone);
  const auto midnight = floor<days>(local);
  const year_month_day date{midnight};
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<int>(static_cast<unsigned>(date.month())),
          .day = static_cast<int>(static_cast<unsigned>(date.day())),
          .weekday = static_cast<int>(weekday{midnight}.iso_encoding()),
          .minute = static_cast<int>(duration_cast<minutes>(local - midnight).count())};
}

}  // namespace centralita::text
