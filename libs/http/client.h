#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "libs/http/message.h"

namespace centralita::http {

/// How far a request came when it failed: whether repeating it may do its work twice.
enum class Outcome {
  kAnswered,  ///< There is a response, whatever its status.
  kNotSent,   ///< The other side never saw the request: no address, refused, no TLS.
  kUnknown,   ///< It may have seen it: time-out or a closed connection after sending began.
  kRefused,   ///< The guard forbids the address; nothing was sent.
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{15'000};
  size_t max_response = 4 << 20;  ///< Bytes; a longer answer counts as kUnknown with an error.
};

struct ClientResponse {
  Outcome outcome = Outcome::kNotSent;
  int status = 0;
  Headers headers;
  std::string body;
  std::string error;  ///< Why there is no answer; holds no credential.

  bool ok() const { return outcome == Outcome::kAnswered && status >= 200 && status < 300; }
};

struct ClientOptions {
  /// Forbids addresses that are not on the public internet, after resolving and for every redirect: for URLs that a
  /// tenant can set. Off only where the operator says so (a local model, a test).
  bool allow_private_addresses = false;
  int max_redirects = 0;
};

/// Outgoing HTTP/1.1 over kept-alive connections, many transfers on one thread. Thread-safe. A request that is not
/// idempotent is never sent again by itself. Proxies of the environment are not used: the guard would check the proxy.
class Client {
 public:
  explicit Client(ClientOptions options = {});
  /// Breaks off what is under way; each `done` is called before this returns, with kUnknown or, not yet begun,
  /// kNotSent.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Waits for the answer. Not from within a `done`.
  ClientResponse send(ClientRequest request);
  /// Calls `done` once, from the client's thread; it must neither block nor throw.
  void send(ClientRequest request, std::function<void(ClientResponse)> done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether the address (IPv4 or IPv6, textual) is on the public internet: none of IANA's special-purpose ranges, also
/// not mapped or translated ones.
bool is_public_address(const std::string& address);

/// The wait that a Retry-After header asks for (RFC 9110, section 10.2.3: seconds or an HTTP date); nothing when
/// absent, malformed or not in the future.
std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, std::chrono::system_clock::time_point now);

}  // namespace centralita::http
