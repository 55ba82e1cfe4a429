#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/encoding.h"

namespace centralita::http {

/// Orders header names whatever their case.
struct HeaderLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::map<std::string, std::string, HeaderLess>;

/// Whether the header can be written as it is: a name that is a token, a value without line breaks or other controls.
bool valid_header(std::string_view name, std::string_view value);

/// A request that a server received.
struct Request {
  std::string method;
  std::string path;   ///< Still percent-encoded, without query.
  std::string query;  ///< Still percent-encoded, without the question mark.
  Headers headers;
  std::string body;
  std::string peer;                               ///< The other side's address, without port.
  std::map<std::string, std::string> parameters;  ///< What the route's {names} matched, decoded; "**": the rest.

  /// "" when absent.
  std::string_view header(std::string_view name) const;
  /// The media type of the body without parameters, in lower case.
  std::string content_type() const;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
};

Response text_response(int status, std::string_view content_type, std::string body);
/// application/problem+json, RFC 9457.
Response problem(int status, std::string_view code, std::string_view detail);

}  // namespace centralita::http
