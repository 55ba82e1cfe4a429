#include "libs/channels/url.h"

#include <algorithm>

namespace centralita::channels {

std::optional<Url> parse_url(std::string_view text) {
  const auto graphic = [](unsigned char c) { return c > ' ' && c < 0x7f; };
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || !std::all_of(text.begin(), text.end(), graphic)) return std::nullopt;
  Url url;
  url.scheme = text.substr(0, scheme_end);
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  text.remove_prefix(scheme_end + 3);
  text = text.substr(0, text.find('#'));

  auto authority = text.substr(0, text.find_first_of("/?"));
  text.remove_prefix(authority.size());
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.userinfo = authority.substr(0, at + 1);
    authority.remove_prefix(at + 1);
  }
  if (const auto colon = authority.rfind(':'); colon != std::string_view::npos && authority.back() != ']') {
    url.port = authority.substr(colon);
    authority = authority.substr(0, colon);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (url.port.size() < 2 || url.port.size() > 6 || !std::all_of(url.port.begin() + 1, url.port.end(), digit))
      return std::nullopt;
  }
  url.host = authority;
  if (url.host.empty()) return std::nullopt;

  const auto question = text.find('?');
  url.path = text.substr(0, question);
  if (question != std::string_view::npos) url.query = text.substr(question);
  return url;
}

std::string_view without_last_slash(std::string_view url) {
  while (!url.empty() && url.back() == '/') url.remove_suffix(1);
  return url;
}

}  // namespace centralita::channels
