#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace centralita::channels {

/// The parts of an absolute http or https URL, as they stand in it: nothing decoded, no letter's case changed.
struct Url {
  std::string scheme;    ///< "http" or "https".
  std::string userinfo;  ///< With its "@", or "".
  std::string host;      ///< Never empty; IPv6 with its brackets.
  std::string port;      ///< With its ":", or "".
  std::string path;      ///< With its "/", or "".
  std::string query;     ///< With its "?", or "".

  std::string text() const { return scheme + "://" + userinfo + host + port + path + query; }
};

/// Nothing when the text is no such URL.
std::optional<Url> parse_url(std::string_view text);

/// Without the slashes at its end.
std::string_view without_last_slash(std::string_view url);

}  // namespace centralita::channels
