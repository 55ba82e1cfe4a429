#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "libs/http/message.h"
#include "tests/support/simulator/behaviour.h"

namespace centralita::simulator {

/// What a provider answers by itself.
struct Reply {
  http::Response response;
  std::vector<std::string> chunks;  ///< As in Answer.
  bool accepted = false;            ///< Whether something was created.
};

/// One of the providers. Thread-safe.
class Provider {
 public:
  virtual ~Provider() = default;

  virtual std::string_view name() const = 0;
  /// Whether requests to this path are its business.
  virtual bool owns(std::string_view path) const = 0;
  /// Whether the request, when all is well, creates something.
  virtual bool creates(const http::Request& request) const = 0;
  /// Deals with the request; of the behaviour it follows what is its own: replies, callbacks.
  virtual Reply answer(const http::Request& request, const Behaviour& behaviour) = 0;
  /// An error in the shape in which the provider tells it.
  virtual http::Response error(int status, const nlohmann::json& code) const = 0;
  virtual void forget() = 0;
};

http::Response json_response(int status, const nlohmann::json& body);

/// The parts between the path's slashes, decoded.
std::vector<std::string> segments(std::string_view path);

/// The last value of this name; "" when there is none.
std::string field(const Form& form, std::string_view name);

/// A whole number of at least `least`, else the fallback.
int64_t number_or(const std::string& text, int64_t least, int64_t fallback);

}  // namespace centralita::simulator
