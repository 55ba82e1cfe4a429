#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace centralita {

/// Settings by dotted name, from the environment, else from a TOML file, else the default that the reader gives:
/// "postgres.dsn" is CENTRALITA_POSTGRES_DSN, or `dsn` under `[postgres]`. Thread-safe. Every reader throws
/// INVALID_ARGUMENT naming the setting when the value is malformed.
class Config {
 public:
  Config() = default;
  /// Reads the file unless `path` is empty. INVALID_ARGUMENT when it cannot be read or parsed.
  explicit Config(const std::string& path);
  Config(const Config& other);

  std::string text(std::string_view name, std::string_view fallback = "") const;
  /// INVALID_ARGUMENT when nothing is set.
  std::string required(std::string_view name) const;
  int number(std::string_view name, int fallback, int least, int most) const;
  bool flag(std::string_view name, bool fallback) const;
  /// "250ms", "1.5s", "2m", "1h".
  std::chrono::milliseconds duration(std::string_view name, std::chrono::milliseconds fallback) const;

  /// Sets a value above the file and the environment: for command lines and tests.
  void set(std::string_view name, std::string_view value);
  /// INVALID_ARGUMENT when the file holds a setting that nobody has read, in a section that somebody has: most likely a
  /// misspelt one. Sections that nobody reads belong to services that do not run in this process.
  void refuse_unread() const;

 private:
  const std::string* find(std::string_view name) const;

  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> overrides_;
  std::map<std::string, std::string, std::less<>> file_;
  mutable std::map<std::string, std::string, std::less<>> environment_;
  mutable std::set<std::string, std::less<>> read_;
};

}  // namespace centralita
