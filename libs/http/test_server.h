#pragma once

#include <functional>
#include <string>
#include <utility>

#include "libs/base/log.h"
#include "libs/http/server.h"
#include "libs/http/test_socket.h"

namespace centralita::http::testing {

/// A server with these routes, to say bytes to.
struct RunningServer {
  explicit RunningServer(const std::function<void(Server&)>& routes, ServerOptions options = {})
      : server(std::move(options)) {
    log::configure(log::Level::kOff, "test");
    routes(server);
    server.start();
  }
  /// The answer to the bytes; the client says no more after them.
  std::string say(const std::string& bytes) const {
    const auto socket = RawSocket::connect(server.port());
    socket.write(bytes);
    return socket.read_message();
  }
  std::string get(const std::string& target) const { return say("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"); }

  Server server;
};

inline Handler answering(std::string body) {
  return
      [body = std::move(body)](const Request&, const Reply& reply) { reply(text_response(200, "text/plain", body)); };
}

inline void echo(const Request& request, const Reply& reply) { reply(text_response(200, "text/plain", request.body)); }

inline int status_in(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

}  // namespace centralita::http::testing
