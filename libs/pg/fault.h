#pragma once

#include <exception>
#include <string_view>

#include "libs/base/error.h"

namespace centralita::pg {

/// What went wrong between us and the database.
struct Fault {
  Error error;
  bool connection_spoilt;  ///< The session is gone, or no longer fit for use.
};

/// Translates an exception of libpqxx, as pg::Tx promises. `what` is the name of the statement. Needs the session's
/// messages to be verbose: that is where the name of a constraint stands, whatever the server's language.
Fault to_fault(const std::exception& failure, std::string_view what);

}  // namespace centralita::pg
