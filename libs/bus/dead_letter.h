#pragma once

#include <string>
#include <vector>

#include "libs/bus/bus.h"

namespace centralita::bus {

/// Dead letters are events themselves, in the topic "<topic>.dlq", keyed by the dead letter's id. The same event buried
/// twice by one group is one dead letter.
Event bury_event(const Event& event, const std::string& group, const std::string& reason);
/// Says that a dead letter was published again.
Event replayed_event(const DeadLetter& letter);

/// What the events of dead-letter topics, in the order of their partitions, come to; oldest first.
std::vector<DeadLetter> fold_dead_letters(const std::vector<Event>& events);

}  // namespace centralita::bus
