#include "libs/base/config.h"

#include <toml++/toml.h>

#include <charconv>
#include <cstdlib>
#include <sstream>

#include "libs/base/error.h"

namespace centralita {
namespace {

Error bad(std::string_view name, std::string_view problem) {
  return {Code::kInvalidArgument, "BAD_SETTING", "Setting " + std::string(name) + " " + std::string(problem) + "."};
}

void flatten(const toml::table& table, const std::string& prefix,
             std::map<std::string, std::string, std::less<>>& out) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* child = node.as_table()) {
      flatten(*child, name + ".", out);
    } else if (const auto* text = node.as_string()) {
      out[name] = text->get();
    } else {
      std::ostringstream value;
      node.visit([&](const auto& plain) { value << plain; });
      out[name] = value.str();
    }
  }
}

std::string variable_name(std::string_view name) {
  std::string variable = "CENTRALITA_";
  for (const char c : name) variable += c == '.' || c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return variable;
}

}  // namespace

Config::Config(const std::string& path) {
  if (path.empty()) return;
  try {
    flatten(toml::parse_file(path), "", file_);
  } catch (const toml::parse_error& problem) {
    std::ostringstream where;
    where << path << ": " << problem.description() << " (line " << problem.source().begin.line << ")";
    throw Error(Code::kInvalidArgument, "BAD_CONFIGURATION", where.str());
  }
}

Config::Config(const Config& other) : overrides_(other.overrides_), file_(other.file_) {}

const std::string* Config::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  read_.emplace(name);
  if (const auto set = overrides_.find(name); set != overrides_.end()) return &set->second;
  if (const char* value = std::getenv(variable_name(name).c_str())) return &(environment_[std::string(name)] = value);
  if (const auto in_file = file_.find(name); in_file != file_.end()) return &in_file->second;
  return nullptr;
}

std::string Config::text(std::string_view name, std::string_view fallback) const {
  const auto* value = find(name);
  return value ? *value : std::string(fallback);
}

std::string Config::required(std::string_view name) const {
  const auto* value = find(name);
  if (!value || value->empty())
    throw bad(name, "is missing: set it in the configuration file or as " + variable_name(name));
  return *value;
}

int Config::number(std::string_view name, int fallback, int least, int most) const {
  const auto* value = find(name);
  if (!value) return fallback;
  int number = 0;
  const auto result = std::from_chars(value->data(), value->data() + value->size(), number);
  if (result.ec != std::errc{} || result.ptr != value->data() + value->size() || number < least || number > most)
    throw bad(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return number;
}

bool Config::flag(std::string_view name, bool fallback) const {
  const auto* value = find(name);
  if (!value) return fallback;
  if (*value == "true" || *value == "1") return true;
  if (*value == "false" || *value == "0") return false;
  throw bad(name, "must be true or false");
}

std::chrono::milliseconds Config::duration(std::string_view name, std::chrono::milliseconds fallback) const {
  const auto* value = find(name);
  if (!value) return fallback;
  double amount = 0;
  const auto result = std::from_chars(value->data(), value->data() + value->size(), amount);
  const std::string_view unit(result.ptr, static_cast<size_t>(value->data() + value->size() - result.ptr));
  const double scale = unit == "ms" ? 1 : unit == "s" ? 1e3 : unit == "m" ? 6e4 : unit == "h" ? 36e5 : 0;
  if (result.ec != std::errc{} || scale == 0 || amount < 0)
    throw bad(name, "must be a duration such as 250ms, 1.5s, 2m or 1h");
  return std::chrono::milliseconds(static_cast<long>(amount * scale));
}

void Config::set(std::string_view name, std::string_view value) {
  const std::lock_guard lock(mutex_);
  overrides_.insert_or_assign(std::string(name), std::string(value));
}

void Config::refuse_unread() const {
  const auto section = [](std::string_view name) { return name.substr(0, name.rfind('.')); };
  const std::lock_guard lock(mutex_);
  std::set<std::string_view> sections;
  for (const auto& name : read_) sections.insert(section(name));
  for (const auto& [name, value] : file_)
    if (!read_.contains(name) && sections.contains(section(name))) throw bad(name, "is not known");
}

}  // namespace centralita
