#include "tests/support/simulator/provider.h"

#include <charconv>

namespace centralita::simulator {

http::Response json_response(int status, const nlohmann::json& body) {
  return {status,
          {{"Content-Type", "application/json; charset=utf-8"}},
          body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    parts.push_back(percent_decode(path.substr(0, end)));
    path.remove_prefix(end);
  }
  return parts;
}

std::string field(const Form& form, std::string_view name) {
  std::string value;
  for (const auto& [one, text] : form)
    if (one == name) value = text;
  return value;
}

int64_t number_or(const std::string& text, int64_t least, int64_t fallback) {
  int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed != std::errc{} || end != text.data() + text.size() || value < least ? fallback : value;
}

}  // namespace centralita::simulator
