#pragma once

#include <set>
#include <string>
#include <vector>

#include "libs/bus/event.h"
#include "libs/pg/pg.h"

namespace centralita::bus {

/// Appends to the log; the last statement of its transaction. Topics that are missing are made.
void append(pg::Tx& tx, const std::vector<Event>& events, int partitions);

/// The event in a row of the log.
Event event_of(const pg::Row& row, std::string topic);

/// What to ring for when events have been committed.
std::set<std::string> words_of(const std::vector<Event>& events);

}  // namespace centralita::bus
