#pragma once

#include <string_view>

#include "libs/base/clock.h"

namespace centralita::text {

/// What calendar and clock on the wall show in some place.
struct LocalTime {
  int year = 0;
  int month = 0;    ///< 1 to 12.
  int day = 0;      ///< 1 to 31.
  int weekday = 0;  ///< 1 Monday to 7 Sunday, as ISO 8601 counts.
  int minute = 0;   ///< Of the day, 0 to 1,439.
};

/// Whether this is a time zone that the tz database knows, e.g. "America/Bogota".
bool is_zone(std::string_view name);

/// The moment as people in this zone read it, summer time included; as UTC where the zone is not known. Thread-safe.
LocalTime local_time(Time time, std::string_view zone);

}  // namespace centralita::text
