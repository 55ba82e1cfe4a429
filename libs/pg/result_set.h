#pragma once

#include <pqxx/pqxx>
#include <string>

namespace centralita::pg {

/// What a statement returned; read-only, so threads may share it.
struct ResultSet {
  pqxx::result rows;
  std::string statement;  ///< Its name, for messages.
};

}  // namespace centralita::pg
