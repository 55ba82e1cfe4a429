#include "services/agent-orchestrator/turns/routing.h"

#include <catch2/catch.hpp>

using namespace centralita;
using namespace centralita::agents;

namespace {

v1::Agent make_agent(const std::string& id, std::vector<std::string> keywords = {}) {
  v1::Agent agent;
  agent.set_id(id);
  agent.set_enabled(true);
  for (auto& keyword : keywords) agent.add_trigger_keywords(std::move(keyword));
  return agent;
}

v1::ActiveHours make_hours(std::vector<int> days, const std::string& from, const std::string& to) {
  v1::ActiveHours hours;
  for (const int day : days) hours.add_days(day);
  hours.set_from(from);
  hours.set_to(to);
  return hours;
}

text::LocalTime at(int weekday, int hour, int minute = 0) { return {.weekday = weekday, .minute = hour * 60 + minute}; }

std::string chosen(const std::vector<v1::Agent>& agents, std::string_view text, text::LocalTime now = at(3, 12),
                   std::string_view default_agent_id = "") {
  const auto* agent = choose_agent(agents, text, now, default_agent_id);
  return agent ? agent->id() : "nobody";
}

}  // namespace

TEST_CASE("active hours hold from their beginning until before their end, overnight ones into the next day") {
  const auto day = make_hours({1, 2, 3, 4, 5}, "08:00", "18:00");
  const auto night = make_hours({5, 7}, "22:00", "06:00");
  struct Row {
    const v1::ActiveHours* hours;
    text::LocalTime now;
    bool holds;
  };
  const auto row = GENERATE_REF(values<Row>({{&day, at(1, 8), true},
                                             {&day, at(1, 17, 59), true},
                                             {&day, at(1, 18), false},
                                             {&day, at(1, 7, 59), false},
                                             {&day, at(6, 12), false},
                                             {&night, at(5, 22), true},
                                             {&night, at(6, 5, 59), true},
                                             {&night, at(6, 6), false},
                                             {&night, at(6, 22), false},
                                             {&night, at(5, 5), false},
                                             // Sunday's night ends on Monday.
                                             {&night, at(1, 1), true}}));
  INFO(row.now.weekday << " " << row.now.minute);
  CHECK(cover(*row.hours, row.now) == row.holds);
}

TEST_CASE("hours that end when they begin last a whole day") {
  const auto hours = make_hours({6}, "09:00", "09:00");
  CHECK(cover(hours, at(6, 9)));
  CHECK(cover(hours, at(7, 8, 59)));
  CHECK_FALSE(cover(hours, at(7, 9)));
}

TEST_CASE("a clock time has two digits, a colon, two digits") {
  CHECK(minute_of("00:00") == 0);
  CHECK(minute_of("23:59") == 1'439);
  for (const auto* wrong : {"", "9:00", "24:00", "12:60", "12-30", "ab:cd", "12:3", "012:30"})
    CHECK(minute_of(wrong) == -1);
}

TEST_CASE("a keyword chooses its agent, as a whole word, whatever case and accents") {
  const std::vector<v1::Agent> agents = {make_agent("ventas"), make_agent("citas", {"cita", "Menú"})};
  CHECK(chosen(agents, "Quiero una CITA.") == "citas");
  CHECK(chosen(agents, "¿me pasas el menu?") == "citas");
  CHECK(chosen(agents, "me citaron ayer") == "ventas");
}

TEST_CASE("of several keywords the longest chooses") {
  const std::vector<v1::Agent> agents = {make_agent("odontologia", {"dolor"}),
                                         make_agent("urgencias", {"dolor fuerte"})};
  CHECK(chosen(agents, "Tengo un dolor fuerte") == "urgencias");
  CHECK(chosen(agents, "Tengo un dolor leve") == "odontologia");
}

TEST_CASE("a keyword beats hours, hours beat the channel's agent, and that beats the first") {
  auto night = make_agent("noche");
  *night.add_active_hours() = make_hours({1, 2, 3, 4, 5, 6, 7}, "18:00", "08:00");
  const std::vector<v1::Agent> agents = {make_agent("primero"), night, make_agent("canal"),
                                         make_agent("citas", {"cita"})};
  CHECK(chosen(agents, "una cita", at(3, 23), "canal") == "citas");
  CHECK(chosen(agents, "hola", at(3, 23), "canal") == "noche");
  CHECK(chosen(agents, "hola", at(3, 12), "canal") == "canal");
  CHECK(chosen(agents, "hola", at(3, 12)) == "primero");
  CHECK(chosen(agents, "hola", at(3, 12), "borrado") == "primero");
}

TEST_CASE("an agent that is not enabled is never chosen") {
  auto off = make_agent("citas", {"cita"});
  off.set_enabled(false);
  CHECK(chosen({off}, "una cita", at(3, 12), "citas") == "nobody");
  CHECK(chosen({off, make_agent("otro")}, "una cita", at(3, 12), "citas") == "otro");
  CHECK(chosen({}, "hola") == "nobody");
}
