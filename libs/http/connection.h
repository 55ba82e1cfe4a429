#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <set>
#include <shared_mutex>

#include "libs/http/engine.h"

namespace centralita::http {

using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Strand>;

/// One client's connection: reads a head, hands it over, reads the body when asked to, writes the answer, and again.
/// Everything happens on its strand; the public members may be called from any thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Socket socket, std::shared_ptr<Endpoint> endpoint);
  ~Connection();

  void start();
  void read_body(size_t most, std::chrono::seconds within, BodyHandler done);
  /// `head` lacks the header Connection and the blank line. `over` is set in every case.
  void answer(std::string head, std::string body, bool close, pplx::task_completion_event<void> over);
  /// Closes now when idle, else after the answer.
  void drain();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Ended = boost::system::error_code;

  void read_head();
  void on_head(Ended ec, size_t bytes);
  void refuse(int status, const char* reason, const char* message);
  void receive_body(std::chrono::seconds within, BodyHandler done);
  void finish();
  void discard();
  /// Breaks off what is being read or written when the time is over.
  void arm(std::chrono::steady_clock::duration within);
  void disarm();

  Socket socket_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    Strand>
      timer_;
  std::shared_ptr<Endpoint> endpoint_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string head_;
  std::string body_;
  bool idle_ = true;  ///< Between requests.
  bool draining_ = false;
  bool expired_ = false;  ///< The timer broke off what was under way.
};

/// An address that is listened on, and its connections.
class Endpoint : public std::enable_shared_from_this<Endpoint> {
 public:
  Endpoint(boost::asio::io_context& io, Engine::Listener* listener);

  void start();
  void close();

  /// Gives the request to the listener; false when it is closed.
  bool dispatch(web::http::http_request request);
  std::chrono::seconds idle_timeout() const { return idle_timeout_; }
  boost::asio::io_context& io() { return io_; }

  void add(Connection* connection);
  void remove(Connection* connection);

 private:
  void accept();

  boost::asio::io_context& io_;
  const std::chrono::seconds idle_timeout_;
  std::shared_mutex listener_mutex_;  ///< Held while the listener is called, so that it may go when close() returns.
  Engine::Listener* listener_;
  std::mutex mutex_;  ///< Guards what follows.
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::set<Connection*> connections_;
};

}  // namespace centralita::http
