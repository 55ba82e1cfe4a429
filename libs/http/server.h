#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/http/message.h"

namespace centralita::http {

/// Answers one request, now or later, from any thread; called once. Dropped uncalled, the client gets 500.
using Reply = std::function<void(Response)>;
/// Called on a thread of the server's pool. May block for as long as a database call takes; what takes longer keeps the
/// reply and returns. An Error thrown before the reply becomes a problem+json with the code's HTTP status.
using Handler = std::function<void(Request, Reply)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 0;                           ///< 0: any free one.
  size_t max_body = 1 << 20;              ///< Bytes; a route may have its own. More is answered with 413 unread.
  size_t max_header = 32 << 10;           ///< Bytes of path, query and headers together; more gives 431 (414).
                                          ///< At most 64 KiB.
  std::chrono::seconds body_timeout{30};  ///< A body that takes longer is answered with 408.
  std::chrono::seconds idle_timeout{75};  ///< A connection that brings no whole header for so long is closed.
  int max_running = 2'000;                ///< Requests under way; more are answered with 503 and Retry-After.
};

/// An HTTP/1.1 server. Routes are added before start(); the one with most literal segments wins, then the one with most
/// {names}; HEAD is answered by GET's route. Thread-safe after. All servers of a process share one pool of threads, two
/// for each core and sixteen more: as many handlers may block at once.
class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// `pattern` is a path of literals and {name}s, e.g. "/webhooks/twilio/{channel}"; a {name} may be followed by a
  /// literal, e.g. "/v1/tickets/{id}:close"; a last segment "**" matches any rest, also an empty one. `method` "*"
  /// matches all. `max_body` 0 means the server's.
  void route(std::string method, std::string pattern, Handler handler, size_t max_body = 0);
  /// UNAVAILABLE naming the port when it is taken.
  void start();
  /// Takes no more requests and returns when those under way are answered and their handlers have returned, at most
  /// after `deadline`.
  void stop(std::chrono::milliseconds deadline);
  /// The port that is listened on, after start().
  int port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The HTTP status of a canonical code, as google.rpc.Code documents it.
int status_of(int canonical_code);

}  // namespace centralita::http
