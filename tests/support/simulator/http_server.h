#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <thread>

#include "tests/support/simulator/connection.h"

namespace centralita::simulator {

/// HTTP/1.1 on 127.0.0.1 with a thread for each connection, so that a handler may take its time, or never answer.
class HttpServer {
 public:
  /// Called from the connections' threads, at once; must not throw.
  using Handler = std::function<Answer(const http::Request&, const Connection&)>;

  /// Listens and accepts when this returns; port 0 takes a free one. UNAVAILABLE when the port cannot be had.
  HttpServer(int port, Handler handler);
  /// Ends waits, closes connections and joins every thread.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }

 private:
  struct Session;
  void accept_all();
  void talk(Session& session);

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::list<Session> sessions_;  ///< Of the accepting thread, until it is joined.
  std::thread acceptor_;
};

}  // namespace centralita::simulator
