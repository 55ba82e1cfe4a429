#include "libs/pg/coverage.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <unordered_set>

namespace centralita::pg::coverage {
namespace {

const std::string& folder() {
  static const std::string kFolder = [] {
    const char* value = std::getenv("CENTRALITA_SQL_COVERAGE");
    return std::string(value ? value : "");
  }();
  return kFolder;
}

void note(const std::string& line) {
  static std::mutex mutex;
  static std::unordered_set<std::string> noted;
  const std::lock_guard lock(mutex);
  if (!noted.insert(line).second) return;
  // Written at once: a process that a test kills has run its statements too.
  std::ofstream(folder() + "/" + std::to_string(getpid()), std::ios::app) << line + "\n";
}

}  // namespace

void known(std::span<const Statement> statements) {
  if (folder().empty()) return;
  for (const auto& statement : statements) note(std::string("known ") + statement.name);
}

void executed(const Statement& statement) {
  if (!folder().empty()) note(std::string("executed ") + statement.name);
}

}  // namespace centralita::pg::coverage
