#pragma once

#include "libs/pg/pg.h"

namespace centralita::pg {

/// The schema `centralita`: what every other schema builds upon.
const Schema& tenancy();

}  // namespace centralita::pg
