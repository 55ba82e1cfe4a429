#pragma once

#include <span>

#include "libs/pg/pg.h"

/// Which statements a process knows and which it ran, for tests/sql-coverage: lines "known <name>" and "executed
/// <name>", each once and at once, in a file named after the process in the folder CENTRALITA_SQL_COVERAGE. Nothing
/// happens without that. Thread-safe.
namespace centralita::pg::coverage {

void known(std::span<const Statement> statements);
void executed(const Statement& statement);

}  // namespace centralita::pg::coverage
