#include <array>
#include <charconv>

#include "libs/base/encoding.h"
#include "libs/pg/pg.h"

namespace centralita::pg {
namespace {

/// An array literal; what `quoted` gives for a value stands between double quotes.
template <class Values, class Quoted>
std::string literal(const Values& values, Quoted quoted) {
  std::string text = "{";
  for (const auto& value : values) {
    if (text.size() > 1) text += ',';
    text += '"';
    quoted(text, value);
    text += '"';
  }
  return text += '}';
}

}  // namespace

Param Param::owned(std::string value) {
  Param param(nullptr);
  param.owned_ = std::move(value);
  param.null_ = false;
  return param;
}

Param::Param(double value) : null_(false) {
  std::array<char, 64> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  owned_.assign(digits.data(), end);
}

Param Param::bytes(std::string_view value) { return owned("\\x" + to_hex(value)); }

Param Param::array(std::span<const std::string> values) {
  return owned(literal(values, [](std::string& text, const std::string& value) {
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }));
}

Param Param::byte_array(std::span<const std::string> values) {
  return owned(literal(values, [](std::string& text, const std::string& value) { text += "\\\\x" + to_hex(value); }));
}

Param Param::array(std::span<const int64_t> values) {
  return owned(literal(values, [](std::string& text, int64_t value) { text += std::to_string(value); }));
}

}  // namespace centralita::pg
