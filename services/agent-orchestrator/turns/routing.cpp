#include "services/agent-orchestrator/turns/routing.h"

#include <algorithm>

#include "libs/text/fold.h"

namespace centralita::agents {
namespace {

bool includes_day(const v1::ActiveHours& hours, int day) {
  return std::find(hours.days().begin(), hours.days().end(), day) != hours.days().end();
}

/// How long the longest of the agent's keywords in the text is; 0 when there is none.
size_t keyword_length(const v1::Agent& agent, std::string_view folded_text) {
  size_t longest = 0;
  for (const auto& keyword : agent.trigger_keywords()) {
    const auto folded = text::fold(keyword);
    if (!folded.empty() && text::contains_phrase(folded_text, folded)) longest = std::max(longest, folded.size());
  }
  return longest;
}

}  // namespace

int minute_of(std::string_view clock) {
  const auto digit = [&](size_t i) { return clock[i] >= '0' && clock[i] <= '9' ? clock[i] - '0' : 100; };
  if (clock.size() != 5 || clock[2] != ':') return -1;
  const int hour = digit(0) * 10 + digit(1);
  const int minute = digit(3) * 10 + digit(4);
  return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

bool cover(const v1::ActiveHours& hours, const text::LocalTime& now) {
  const int from = minute_of(hours.from());
  const int to = minute_of(hours.to());
  if (from < to) return includes_day(hours, now.weekday) && now.minute >= from && now.minute < to;
  const int yesterday = now.weekday == 1 ? 7 : now.weekday - 1;
  return (includes_day(hours, now.weekday) && now.minute >= from) ||
         (includes_day(hours, yesterday) && now.minute < to);
}

const v1::Agent* choose_agent(std::span<const v1::Agent> agents, std::string_view text, const text::LocalTime& now,
                              std::string_view default_agent_id) {
  const auto folded_text = text::fold(text);
  const v1::Agent* by_keyword = nullptr;
  const v1::Agent* by_hours = nullptr;
  const v1::Agent* by_channel = nullptr;
  const v1::Agent* first = nullptr;
  size_t longest = 0;
  for (const auto& agent : agents) {
    if (!agent.enabled()) continue;
    if (const auto length = keyword_length(agent, folded_text); length > longest) {
      longest = length;
      by_keyword = &agent;
    }
    if (!by_hours && std::any_of(agent.active_hours().begin(), agent.active_hours().end(),
                                 [&](const auto& hours) { return cover(hours, now); }))
      by_hours = &agent;
    if (agent.id() == default_agent_id) by_channel = &agent;
    if (!first) first = &agent;
  }
  return by_keyword ? by_keyword : by_hours ? by_hours : by_channel ? by_channel : first;
}

}  // namespace centralita::agents
