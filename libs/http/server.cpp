#include "libs/http/server.h"

#include <arpa/inet.h>
#include <cpprest/http_listener.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <typeinfo>

#include "libs/base/error.h"
#include "libs/base/log.h"
#include "libs/http/engine.h"
#include "libs/http/pending.h"
#include "libs/http/router.h"

namespace centralita::http {
namespace {

using web::http::http_request;
using web::http::experimental::listener::http_listener;

Response problem_of(const Error& error) {
  auto response = problem(status_of(static_cast<int>(error.code())), error.reason(), error.message());
  if (error.retry_after)
    response.headers["Retry-After"] =
        std::to_string(std::chrono::ceil<std::chrono::seconds>(*error.retry_after).count());
  return response;
}

Request to_request(http_request& message, const Exchange& exchange) {
  Request request;
  request.method = message.method();
  std::string_view target = exchange.target;
  // RFC 9112 section 3.2.2: a request may name the whole URL.
  if (!target.starts_with('/') && target.find("://") != std::string_view::npos) {
    target.remove_prefix(target.find("://") + 3);
    target.remove_prefix(std::min(target.size(), target.find_first_of("/?")));
  }
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (request.path.empty()) request.path = "/";
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  for (auto& [name, value] : message.headers()) request.headers.emplace(name, std::move(value));
  request.peer = message.remote_address();
  return request;
}

Response busy() {
  auto response = problem(503, "BUSY", "Too many requests are under way.");
  response.headers["Retry-After"] = "1";
  return response;
}

Response method_not_allowed(const std::set<std::string>& allowed) {
  auto response = problem(405, "METHOD_NOT_ALLOWED", "This path has other methods only.");
  auto& allow = response.headers["Allow"];
  for (const auto& method : allowed) allow += (allow.empty() ? "" : ", ") + method;
  return response;
}

/// A port that is free at this moment.
int free_port(const std::string& address) {
  const bool six = address.find(':') != std::string::npos;
  const int probe = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 name6{};
  sockaddr_in name4{};
  auto* name = six ? reinterpret_cast<sockaddr*>(&name6) : reinterpret_cast<sockaddr*>(&name4);
  socklen_t length = six ? sizeof name6 : sizeof name4;
  name->sa_family = six ? AF_INET6 : AF_INET;
  inet_pton(name->sa_family, address.c_str(), six ? static_cast<void*>(&name6.sin6_addr) : &name4.sin_addr);
  const bool bound = bind(probe, name, length) == 0 && getsockname(probe, name, &length) == 0;
  close(probe);
  if (!bound) throw Error(Code::kUnavailable, "CANNOT_LISTEN", "There is no free port on " + address + ".");
  return ntohs(six ? name6.sin6_port : name4.sin_port);
}

/// What answers requests. Those under way keep it when the server has gone.
class Dispatcher : public std::enable_shared_from_this<Dispatcher> {
 public:
  explicit Dispatcher(ServerOptions options) : options(std::move(options)) {}

  /// Called on the connection's strand: finds the route, and leaves the rest to the body's end.
  void serve(http_request message);

  const ServerOptions options;
  Router router;
  const std::shared_ptr<Running> requests = std::make_shared<Running>();
  /// Handlers that have not returned: one may be at work when its request is long answered.
  mutable Running handlers;
  std::atomic<bool> stopped = false;

 private:
  void handle(const Router::Route& route, Request request, const std::shared_ptr<Pending>& pending) const;
};

void Dispatcher::serve(http_request message) {
  const auto& exchange = *static_cast<Exchange*>(message._get_server_context());
  const auto head_size = exchange.head_size;
  auto request = to_request(message, exchange);
  auto pending = std::make_shared<Pending>(std::move(message), requests);
  if (pending->count() > options.max_running) return pending->reply(busy());
  if (head_size > options.max_header)
    return pending->reply(problem(431, "HEADERS_TOO_LARGE", "The request's headers are too large."));

  auto match = router.find(request.method, request.path);
  if (match.route == nullptr && match.allowed.empty())
    return pending->reply(problem(404, "NOT_FOUND", "There is nothing at this path."));
  if (match.route == nullptr) return pending->reply(method_not_allowed(match.allowed));
  request.parameters = std::move(match.parameters);
  if (request.method == "HEAD" && match.route->method == "GET") request.method = "GET";

  const auto most = match.route->max_body == 0 ? options.max_body : match.route->max_body;
  auto& from = pending->message();
  read_body(from, most, options.body_timeout,
            [self = shared_from_this(), pending, route = match.route, request = std::move(request)](
                BodyEnd end, std::string body) mutable {
              switch (end) {
                case BodyEnd::kTooLarge:
                  return pending->reply(problem(413, "BODY_TOO_LARGE", "The body is too large."));
                case BodyEnd::kTooSlow:
                  return pending->reply(problem(408, "BODY_TOO_SLOW", "The body took too long."));
                case BodyEnd::kMalformed:
                  return pending->reply(problem(400, "MALFORMED_BODY", "Not a valid body."));
                case BodyEnd::kGone:
                  return pending->reply(problem(400, "BODY_CUT", "The body was cut off."));
                case BodyEnd::kComplete:
                  break;
              }
              request.body = std::move(body);
              self->handle(*route, std::move(request), pending);
            });
}

void Dispatcher::handle(const Router::Route& route, Request request, const std::shared_ptr<Pending>& pending) const {
  handlers.add();
  try {
    if (stopped) throw Error(Code::kUnavailable, "STOPPED", "The server is stopping.");
    route.handler(std::move(request), [pending](Response response) { pending->reply(std::move(response)); });
  } catch (const Error& error) {
    pending->reply(problem_of(error));
  } catch (const std::exception& error) {
    // What it says may quote a customer.
    log::error("http handler failed", {{"route", route.pattern}, {"exception", typeid(error).name()}});
    pending->reply(problem(500, "INTERNAL", "Something went wrong on our side."));
  }
  handlers.remove();
}

}  // namespace

struct Server::Impl {
  explicit Impl(ServerOptions options) : dispatcher(std::make_shared<Dispatcher>(std::move(options))) {}

  void open();

  std::shared_ptr<Dispatcher> dispatcher;
  int port = 0;
  std::unique_ptr<http_listener> listener;
};

void Server::Impl::open() {
  const auto& options = dispatcher->options;
  const bool six = options.address.find(':') != std::string::npos;
  web::uri_builder address;
  address.set_scheme("http").set_host(six ? "[" + options.address + "]" : options.address).set_port(port).set_path("/");
  web::http::experimental::listener::http_listener_config config;
  config.set_timeout(options.idle_timeout);
  listener = std::make_unique<http_listener>(address.to_uri(), config);
  const auto all = [dispatcher = dispatcher](http_request message) { dispatcher->serve(std::move(message)); };
  listener->support(all);
  // Otherwise the library answers these by itself, TRACE with the request's headers.
  listener->support("OPTIONS", all);
  listener->support("TRACE", all);
  listener->open().wait();
}

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Server::~Server() { stop(std::chrono::seconds{1}); }

void Server::route(std::string method, std::string pattern, Handler handler, size_t max_body) {
  impl_->dispatcher->router.add({std::move(method), std::move(pattern), std::move(handler), max_body});
}

void Server::start() {
  Engine::install();
  const auto& options = impl_->dispatcher->options;
  for (int attempt = 1;; ++attempt) {
    impl_->port = options.port == 0 ? free_port(options.address) : options.port;
    try {
      return impl_->open();
    } catch (const Error&) {
      // Somebody else may have taken the free port in between.
      impl_->listener.reset();
      if (options.port != 0 || attempt == 20) throw;
    }
  }
}

void Server::stop(std::chrono::milliseconds deadline) {
  if (!impl_->listener) return;
  impl_->listener->close().wait();
  const auto end = std::chrono::steady_clock::now() + deadline;
  impl_->dispatcher->requests->wait_until_none(end);
  impl_->dispatcher->stopped = true;
  impl_->dispatcher->handlers.wait_until_none(end);
  impl_->listener.reset();
}

int Server::port() const { return impl_->port; }

int status_of(int canonical_code) {
  switch (static_cast<Code>(canonical_code)) {
    case Code::kOk:
      return 200;
    case Code::kCancelled:
      return 499;
    case Code::kInvalidArgument:
    case Code::kFailedPrecondition:
    case Code::kOutOfRange:
      return 400;
    case Code::kUnauthenticated:
      return 401;
    case Code::kPermissionDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kAlreadyExists:
    case Code::kAborted:
      return 409;
    case Code::kResourceExhausted:
      return 429;
    case Code::kUnimplemented:
      return 501;
    case Code::kUnavailable:
      return 503;
    case Code::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

}  // namespace centralita::http
