#pragma once

#include <cpprest/details/http_server.h>
#include <cpprest/details/http_server_api.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace centralita::http {

class Connection;
class Endpoint;

/// The most bytes of a request line with its headers that are ever read.
inline constexpr size_t kMaxHead = 64 << 10;

/// What a request of this engine carries beside what cpprestsdk knows of it.
class Exchange final : public web::http::details::_http_server_context {
 public:
  std::shared_ptr<Connection> connection;
  std::string target;    ///< As received. cpprestsdk's uri refuses characters that browsers and providers do send.
  size_t head_size = 0;  ///< Bytes of request line and headers.
  std::string body;      ///< Of the answer: cpprestsdk's streams would copy it twice.
  pplx::task_completion_event<void> over;  ///< The answer is written, or the client has gone.
};

enum class BodyEnd { kComplete, kTooLarge, kTooSlow, kMalformed, kGone };
/// Called on a thread of the pool, outside any lock.
using BodyHandler = std::function<void(BodyEnd, std::string)>;

/// Reads the body of a request that is not yet replied to, never more than `most` bytes of it. Once for each request.
void read_body(const web::http::http_request& request, size_t most, std::chrono::seconds within, BodyHandler done);

/// The connections under cpprestsdk's http_listener, plugged into its own seam for them. The engine that the library
/// brings cannot be made safe from outside: a chunk size of "-2" ends the process, headers and bodies grow without
/// bound, nothing times out, and an answer waits until the whole body has come. Here a listener's handler gets the
/// request as soon as its headers are there, and asks for the body.
class Engine final : public web::http::experimental::details::http_server {
 public:
  using Listener = web::http::experimental::listener::details::http_listener_impl;

  /// Makes this the engine of the process, for good, with its pool of threads. The first call counts.
  static void install();

  pplx::task<void> start() override { return pplx::task_from_result(); }
  pplx::task<void> stop() override { return pplx::task_from_result(); }
  /// Accepts connections; Error UNAVAILABLE when the port is taken. The configuration's timeout is how long a
  /// connection may take to bring a whole header.
  pplx::task<void> register_listener(Listener* listener) override;
  /// Stops accepting and closes the idle connections; the others close after their answer.
  pplx::task<void> unregister_listener(Listener* listener) override;
  /// Writes the answer's head, then the exchange's body. Done when that is written or the client has gone; never fails.
  pplx::task<void> respond(web::http::http_response response) override;

 private:
  std::mutex mutex_;
  std::unordered_map<Listener*, std::shared_ptr<Endpoint>> endpoints_;
};

}  // namespace centralita::http
