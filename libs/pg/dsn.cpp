#include "libs/pg/dsn.h"

#include <libpq-fe.h>

#include <memory>

#include "libs/base/error.h"

namespace centralita::pg {

std::map<std::string, std::string> parse_dsn(const std::string& dsn) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(dsn.c_str(), nullptr),
                                                                             &PQconninfoFree);
  if (!options) throw Error(Code::kInvalidArgument, "BAD_DSN", "The database's connection string is malformed.");
  std::map<std::string, std::string> parameters;
  for (const auto* option = options.get(); option->keyword; ++option)
    if (option->val) parameters[option->keyword] = option->val;
  return parameters;
}

std::string format_dsn(const std::map<std::string, std::string>& parameters) {
  std::string dsn;
  for (const auto& [keyword, value] : parameters) {
    dsn += keyword + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') dsn += '\\';
      dsn += c;
    }
    dsn += "' ";
  }
  return dsn;
}

}  // namespace centralita::pg
