#include "libs/channels/json.h"

#include <nlohmann/json.hpp>

#include "libs/base/encoding.h"

namespace centralita::channels {
namespace {

constexpr int kDeepest = 64;

/// The library copies and writes values recursively: what nests too deep would take the whole stack.
bool is_shallow(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepest) return false;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return true;
}

}  // namespace

std::optional<nlohmann::json> read_json(std::string_view text) {
  if (!is_shallow(text)) return std::nullopt;
  auto value = nlohmann::json::parse(to_text(text), nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

const nlohmann::json& at(const nlohmann::json& value, std::initializer_list<const char*> names) {
  static const nlohmann::json kNull;
  const auto* found = &value;
  for (const auto* name : names) {
    const auto member = found->find(name);  // of anything but an object: its end
    if (member == found->end()) return kNull;
    found = &*member;
  }
  return *found;
}

std::string text_of(const nlohmann::json& value) {
  if (value.is_string()) return to_text(value.get_ref<const std::string&>());
  if (value.is_number_integer()) return value.dump();
  return "";
}

}  // namespace centralita::channels
