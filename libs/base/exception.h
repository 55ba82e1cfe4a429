#pragma once

#include <string>

namespace centralita {

/// What kind of exception is being handled, e.g. "std::out_of_range", for a log line: its text may quote a customer,
/// its type does not. "unknown" outside a handler.
std::string exception_type();

}  // namespace centralita
