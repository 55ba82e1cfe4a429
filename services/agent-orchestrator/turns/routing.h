#pragma once

#include <span>
#include <string_view>

#include "centralita/agents/v1/agents.pb.h"
#include "libs/text/zone.h"

namespace centralita::agents {

/// Minutes since midnight of a time "HH:MM"; -1 when it is none.
int minute_of(std::string_view clock);

/// Whether the hours hold at this moment. Hours that end no later than they begin end on the next day.
bool cover(const v1::ActiveHours& hours, const text::LocalTime& now);

/// Which agent answers, out of a tenant's agents, oldest first:
///  1. the one with a trigger keyword in the customer's words; the longest keyword where several have one;
///  2. else the first whose active hours cover `now`;
///  3. else the channel's default agent;
///  4. else the first.
/// Agents that are not enabled do not count; nullptr when there is none.
const v1::Agent* choose_agent(std::span<const v1::Agent> agents, std::string_view text, const text::LocalTime& now,
                              std::string_view default_agent_id);

}  // namespace centralita::agents
