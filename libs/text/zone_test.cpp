#include "libs/text/zone.h"

#include <catch2/catch.hpp>

using centralita::parse_time;
using centralita::text::is_zone;
using centralita::text::local_time;

TEST_CASE("the clock on the wall follows the zone and its summer time") {
  struct Row {
    const char* utc;
    const char* zone;
    int day, weekday, minute;
  };
  const auto [utc, zone, day, weekday, minute] =
      GENERATE(Row{"2026-03-02T03:30:00Z", "America/Bogota", 1, 7, 22 * 60 + 30},
               Row{"2026-07-01T12:00:00Z", "Europe/Madrid", 1, 3, 14 * 60},
               Row{"2026-01-01T12:00:00Z", "Europe/Madrid", 1, 4, 13 * 60},
               // In Madrid clocks went from 02:00 to 03:00 at 01:00 UTC on 29 March 2026.
               Row{"2026-03-29T00:59:00Z", "Europe/Madrid", 29, 7, 1 * 60 + 59},
               Row{"2026-03-29T01:00:00Z", "Europe/Madrid", 29, 7, 3 * 60},
               Row{"1969-12-31T23:59:00Z", "UTC", 31, 3, 23 * 60 + 59},
               Row{"2026-07-01T12:00:00Z", "Europe/Atlantis", 1, 3, 12 * 60});
  const auto local = local_time(*parse_time(utc), zone);
  INFO(utc << " in " << zone);
  CHECK(local.day == day);
  CHECK(local.weekday == weekday);
  CHECK(local.minute == minute);
}

TEST_CASE("a zone is known by its name in the tz database") {
  CHECK(is_zone("America/Argentina/Buenos_Aires"));
  CHECK(is_zone("UTC"));
  CHECK_FALSE(is_zone(""));
  CHECK_FALSE(is_zone("Bogota"));
  CHECK_FALSE(is_zone("../zoneinfo/UTC"));
  CHECK_FALSE(is_zone("America//Bogota"));
  CHECK_FALSE(is_zone("UTC\n"));
  CHECK_FALSE(is_zone("GMT+25:99"));
}
