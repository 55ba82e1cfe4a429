#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libs/http/message.h"

namespace centralita::simulator {

/// What becomes of a request.
struct Answer {
  http::Response response;
  std::vector<std::string> chunks;  ///< When there are any, they are the body, each sent by itself.
  bool hang_up = false;             ///< Closes the connection without an answer.
};

/// An HTTP/1.1 connection that somebody opened to us. For its own thread, but for shut_down().
class Connection {
 public:
  /// Owns the socket. Waits end when `stopping` is set.
  Connection(int socket, const std::atomic<bool>& stopping) : socket_(socket), stopping_(stopping) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The next request; nothing when the other side closed, or sent what is no HTTP.
  std::optional<http::Request> read();
  /// False when the other side has gone.
  bool write(const Answer& answer);

  /// Returns when `enough` says so, at the latest after `most`.
  void wait(std::chrono::milliseconds most, const std::function<bool()>& enough) const;
  /// Whether the other side has closed the connection.
  bool gone() const;
  void shut_down();

 private:
  bool receive();
  std::optional<std::string> line();
  bool body(size_t length, std::string& into);
  bool chunked_body(std::string& into);
  bool send(std::string_view bytes);

  const int socket_;
  const std::atomic<bool>& stopping_;
  std::string received_;
};

}  // namespace centralita::simulator
