#include "libs/base/error.h"
#include "libs/base/log.h"
#include "libs/http/connection.h"

namespace centralita::http {
namespace {

namespace net = boost::asio;
using net::ip::tcp;
using namespace std::chrono_literals;

/// With the process's file descriptors used up, accepting at once again would only burn the processor.
constexpr auto kAcceptAgain = 100ms;

tcp::acceptor listen(net::io_context& io, const web::uri& address) {
  auto host = address.host();
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto where = host + " port " + std::to_string(address.port());
  boost::system::error_code ec;
  const auto ip = net::ip::make_address(host == "localhost" ? "127.0.0.1" : host, ec);
  if (ec) throw Error(Code::kInvalidArgument, "BAD_ADDRESS", "\"" + host + "\" is not an IP address.");
  const tcp::endpoint endpoint(ip, static_cast<uint16_t>(address.port()));
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(net::socket_base::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(net::socket_base::max_listen_connections, ec);
  if (ec) throw Error(Code::kUnavailable, "CANNOT_LISTEN", "Cannot listen on " + where + ": " + ec.message() + ".");
  return acceptor;
}

}  // namespace

Endpoint::Endpoint(net::io_context& io, Engine::Listener* listener)
    : io_(io),
      idle_timeout_(std::chrono::seconds(listener->configuration().timeout())),
      listener_(listener),
      acceptor_(listen(io, listener->uri())),
      retry_(io) {}

void Endpoint::start() {
  const std::lock_guard lock(mutex_);
  accept();
}

void Endpoint::accept() {
  acceptor_.async_accept(net::make_strand(io_),
                         [self = shared_from_this()](boost::system::error_code ec, Socket socket) {
                           if (!ec) std::make_shared<Connection>(std::move(socket), self)->start();
                           const std::lock_guard lock(self->mutex_);
                           if (!self->acceptor_.is_open()) return;
                           if (!ec) return self->accept();
                           log::warn("http cannot accept", {{"error", ec.message()}});
                           self->retry_.expires_after(kAcceptAgain);
                           self->retry_.async_wait([self](boost::system::error_code) {
                             const std::lock_guard lock(self->mutex_);
                             if (self->acceptor_.is_open()) self->accept();
                           });
                         });
}

void Endpoint::close() {
  {
    const std::unique_lock lock(listener_mutex_);
    listener_ = nullptr;
  }
  std::vector<std::shared_ptr<Connection>> open;
  {
    const std::lock_guard lock(mutex_);
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    for (auto* connection : connections_)
      if (auto alive = connection->weak_from_this().lock()) open.push_back(std::move(alive));
  }
  for (const auto& connection : open) connection->drain();
}

bool Endpoint::dispatch(web::http::http_request request) {
  const std::shared_lock lock(listener_mutex_);
  if (listener_ == nullptr) return false;
  listener_->handle_request(std::move(request));
  return true;
}

void Endpoint::add(Connection* connection) {
  const std::lock_guard lock(mutex_);
  connections_.insert(connection);
}

void Endpoint::remove(Connection* connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
}

}  // namespace centralita::http
