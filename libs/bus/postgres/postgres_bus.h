#pragma once

#include <chrono>
#include <memory>

#include "libs/bus/bus.h"
#include "libs/pg/pg.h"

namespace centralita::bus {

struct PostgresBusOptions {
  std::string dsn;                          ///< For connections of its own: a few, and one that listens.
  int partitions = 16;                      ///< Of each topic; fixed once a topic exists.
  std::chrono::milliseconds lease{10'000};  ///< A member that is silent for so long has lost its partitions.
  std::chrono::milliseconds poll{1'000};    ///< How often to look when nobody said anything.
  int window = 4'096;                       ///< Unfinished events of one partition that a process holds.
  std::chrono::hours retention{24 * 7};     ///< How long finished events stay in the log.
};

/// The bus in PostgreSQL: see libs/bus/README.md for how it keeps order.
std::unique_ptr<Bus> make_postgres_bus(pg::Pool& pool, PostgresBusOptions options);

/// The tables of the bus, of the inbox and of what is scheduled.
const pg::Schema& schema();

}  // namespace centralita::bus
