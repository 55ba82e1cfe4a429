#include <time.h>

#include <charconv>

#include "libs/http/client.h"

namespace centralita::http {
namespace {

// RFC 9110 section 5.6.7: the form to send, and the two obsolete ones to understand.
constexpr const char* kDateForms[] = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"};

std::optional<std::chrono::system_clock::time_point> parse_date(const std::string& text) {
  for (const auto* form : kDateForms) {
    tm parts{};
    const auto* end = strptime(text.c_str(), form, &parts);
    if (end != nullptr && *end == '\0') return std::chrono::system_clock::from_time_t(timegm(&parts));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> retry_after(const Headers& headers,
                                                     std::chrono::system_clock::time_point now) {
  const auto header = headers.find("Retry-After");
  if (header == headers.end()) return std::nullopt;
  const auto& text = header->second;
  std::chrono::milliseconds wait{0};
  uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size()) {
    wait = std::chrono::seconds(seconds);
  } else if (const auto date = parse_date(text)) {
    wait = std::chrono::ceil<std::chrono::milliseconds>(*date - now);
  }
  if (wait <= std::chrono::milliseconds{0}) return std::nullopt;
  return wait;
}

}  // namespace centralita::http
