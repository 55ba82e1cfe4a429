#pragma once

#include <initializer_list>
#include <map>
#include <string>

namespace centralita::pg {

/// The parameters of a connection string in either form that libpq knows (PostgreSQL documentation, 34.1.1), by
/// keyword. INVALID_ARGUMENT when it is malformed; the message does not repeat it.
std::map<std::string, std::string> parse_dsn(const std::string& dsn);
/// In keyword form.
std::string format_dsn(const std::map<std::string, std::string>& parameters);

}  // namespace centralita::pg
