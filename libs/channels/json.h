#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

/// JSON as strangers send it. What is asked for and absent, or of another type, reads as empty; nothing throws.
namespace centralita::channels {

/// Nothing when the text is no JSON, holds a number beyond a double, or nests deeper than 64. Bytes that are not UTF-8
/// are read as U+FFFD.
std::optional<nlohmann::json> read_json(std::string_view text);

/// The value under these names, one in another; null when there is none.
const nlohmann::json& at(const nlohmann::json& value, std::initializer_list<const char*> names);

/// A string (without NULs) or a whole number in digits; else "".
std::string text_of(const nlohmann::json& value);
inline std::string text_at(const nlohmann::json& value, std::initializer_list<const char*> names) {
  return text_of(at(value, names));
}

}  // namespace centralita::channels
