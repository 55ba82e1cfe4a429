#include "libs/http/connection.h"

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

#include "libs/http/message.h"

namespace centralita::http {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast::http;
using namespace std::chrono_literals;

constexpr auto kWriteTimeout = 60s;
/// How long a client may go on sending what nobody reads, so that it gets to read the answer before the reset.
constexpr auto kLinger = 2s;
constexpr size_t kBuffer = kMaxHead + (64 << 10);
constexpr size_t kIdleBuffer = 4 << 10;

bool is_parse_error(const boost::system::error_code& ec) {
  return ec.category() == beast::make_error_code(beast::error::bad_method).category() &&
         ec != beast::error::end_of_stream && ec != beast::error::partial_message;
}

web::http::http_request to_request(const beast::request<beast::string_body>& message,
                                   std::unique_ptr<Exchange> exchange, std::string peer) {
  auto request = web::http::http_request::_create_request(std::move(exchange));
  request.set_method(std::string(message.method_string()));
  request._get_impl()->_set_remote_address(std::move(peer));
  auto& headers = request.headers();
  for (const auto& field : message) {
    auto& value = headers[std::string(field.name_string())];
    if (!value.empty()) value += field.name() == beast::field::cookie ? "; " : ", ";
    value += std::string_view(field.value().data(), field.value().size());
  }
  return request;
}

}  // namespace

Connection::Connection(Socket socket, std::shared_ptr<Endpoint> endpoint)
    : socket_(std::move(socket)), timer_(socket_.get_executor()), endpoint_(std::move(endpoint)), buffer_(kBuffer) {
  endpoint_->add(this);
}

Connection::~Connection() { endpoint_->remove(this); }

void Connection::start() {
  boost::system::error_code ignored;
  socket_.set_option(net::ip::tcp::no_delay(true), ignored);
  net::dispatch(socket_.get_executor(), [self = shared_from_this()] { self->read_head(); });
}

void Connection::arm(std::chrono::steady_clock::duration within) {
  expired_ = false;
  timer_.expires_after(within);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    // A timer that was set anew after it had fired comes here too, and has not expired then.
    if (ec || self->timer_.expiry() > std::chrono::steady_clock::now()) return;
    self->expired_ = true;
    self->socket_.cancel(ec);
  });
}

void Connection::disarm() { timer_.expires_at(std::chrono::steady_clock::time_point::max()); }

void Connection::read_head() {
  idle_ = true;
  if (draining_) return finish();
  parser_.emplace();
  parser_->header_limit(kMaxHead);
  // The body's limit comes with read_body. "None" would not do: Boost 1.74 takes it for zero.
  parser_->body_limit(std::numeric_limits<uint64_t>::max());
  if (buffer_.size() == 0 && buffer_.capacity() > kIdleBuffer) buffer_.shrink_to_fit();
  arm(endpoint_->idle_timeout());
  beast::async_read_header(socket_, buffer_, *parser_,
                           [self = shared_from_this()](Ended ec, size_t bytes) { self->on_head(ec, bytes); });
}

void Connection::on_head(Ended ec, size_t bytes) {
  disarm();
  if (ec == beast::error::header_limit || ec == beast::error::buffer_overflow) {
    // Without an end of its first line the request line itself is too long.
    const auto* data = static_cast<const char*>(buffer_.data().data());
    const bool line = std::string_view(data, buffer_.size()).find('\n') == std::string_view::npos && bytes == 0;
    return line ? refuse(414, "URI_TOO_LONG", "The request line is too long.")
                : refuse(431, "HEADERS_TOO_LARGE", "The request's headers are too large.");
  }
  if (is_parse_error(ec)) return refuse(400, "MALFORMED_REQUEST", "This is not an HTTP/1.1 request.");
  if (ec) return finish();

  idle_ = false;
  auto exchange = std::make_unique<Exchange>();
  exchange->connection = shared_from_this();
  exchange->target = std::string(parser_->get().target());
  exchange->head_size = bytes;
  const auto peer = socket_.remote_endpoint(ec);
  if (!endpoint_->dispatch(to_request(parser_->get(), std::move(exchange), ec ? "" : peer.address().to_string())))
    finish();
}

void Connection::refuse(int status, const char* reason, const char* message) {
  const auto response = problem(status, reason, message);
  answer("HTTP/1.1 " + std::to_string(status) +
             " Refused\r\nContent-Type: application/problem+json\r\nContent-Length: " +
             std::to_string(response.body.size()) + "\r\n",
         response.body, true, {});
}

void Connection::read_body(size_t most, std::chrono::seconds within, BodyHandler done) {
  net::dispatch(socket_.get_executor(), [self = shared_from_this(), most, within, done = std::move(done)]() mutable {
    auto& parser = *self->parser_;
    if (parser.is_done() || (parser.content_length() && *parser.content_length() > most)) {
      const auto end = parser.is_done() ? BodyEnd::kComplete : BodyEnd::kTooLarge;
      return net::post(self->endpoint_->io(), [done = std::move(done), end] { done(end, ""); });
    }
    parser.body_limit(most);
    if (!boost::beast::iequals(parser.get()[beast::field::expect], "100-continue"))
      return self->receive_body(within, std::move(done));
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    net::async_write(self->socket_, net::buffer(kContinue),
                     [self, within, done = std::move(done)](Ended, size_t) { self->receive_body(within, done); });
  });
}

void Connection::receive_body(std::chrono::seconds within, BodyHandler done) {
  arm(within);
  beast::async_read(socket_, buffer_, *parser_, [self = shared_from_this(), done = std::move(done)](Ended ec, size_t) {
    self->disarm();
    const auto end = !ec                              ? BodyEnd::kComplete
                     : ec == beast::error::body_limit ? BodyEnd::kTooLarge
                     : self->expired_                 ? BodyEnd::kTooSlow
                     : is_parse_error(ec)             ? BodyEnd::kMalformed
                                                      : BodyEnd::kGone;
    net::post(self->endpoint_->io(), [done, end, body = std::move(self->parser_->get().body())]() mutable {
      done(end, end == BodyEnd::kComplete ? std::move(body) : "");
    });
  });
}

void Connection::answer(std::string head, std::string body, bool close, pplx::task_completion_event<void> over) {
  net::dispatch(socket_.get_executor(), [self = shared_from_this(), head = std::move(head), body = std::move(body),
                                         close, over]() mutable {
    // A body that was not read to its end stands where the next request would begin.
    const bool keep = !close && !self->draining_ && self->parser_->is_done() && self->parser_->get().keep_alive();
    self->head_ = std::move(head) + (keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
    self->body_ = std::move(body);
    self->arm(kWriteTimeout);
    const std::array<net::const_buffer, 2> buffers{net::buffer(self->head_), net::buffer(self->body_)};
    net::async_write(self->socket_, buffers, [self, keep, over](Ended ec, size_t) {
      self->disarm();
      self->head_.clear();
      self->body_ = {};
      over.set();
      if (ec || !keep) return self->finish();
      self->read_head();
    });
  });
}

void Connection::drain() {
  net::post(socket_.get_executor(), [self = shared_from_this()] {
    self->draining_ = true;
    boost::system::error_code ignored;
    if (self->idle_) self->socket_.close(ignored);
  });
}

void Connection::finish() {
  boost::system::error_code ec;
  socket_.shutdown(Socket::shutdown_send, ec);
  if (ec) return;
  arm(kLinger);
  discard();
}

void Connection::discard() {
  buffer_.clear();
  socket_.async_read_some(buffer_.prepare(kIdleBuffer), [self = shared_from_this()](Ended ec, size_t) {
    if (!ec && !self->expired_) return self->discard();
    self->disarm();
  });
}

}  // namespace centralita::http
