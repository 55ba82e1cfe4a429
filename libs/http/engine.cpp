#include "libs/http/engine.h"

#include <pplx/threadpool.h>
#include <pthread.h>

#include <ctime>
#include <thread>

#include "libs/http/connection.h"

namespace centralita::http {
namespace {

using web::http::experimental::details::http_server_api;

void start_pool() {
  // New threads inherit the name of the one that starts them.
  char former[16] = "";
  pthread_getname_np(pthread_self(), former, sizeof former);
  pthread_setname_np(pthread_self(), "http");
  crossplat::threadpool::initialize_with_threads(16 + 2 * std::max(1u, std::thread::hardware_concurrency()));
  pthread_setname_np(pthread_self(), former);
}

/// IMF-fixdate, RFC 9110 section 5.6.7.
std::string date() {
  const auto now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

}  // namespace

void read_body(const web::http::http_request& request, size_t most, std::chrono::seconds within, BodyHandler done) {
  static_cast<Exchange*>(request._get_server_context())->connection->read_body(most, within, std::move(done));
}

void Engine::install() {
  static const bool once = [] {
    start_pool();
    http_server_api::register_server_api(std::make_unique<Engine>());
    // The library deletes an engine with its last listener, while answers may still be under way. So there is one
    // registration more, which is never given back.
    http_server_api::register_listener(nullptr).wait();
    return true;
  }();
  static_cast<void>(once);
}

pplx::task<void> Engine::register_listener(Listener* listener) {
  if (listener == nullptr) return pplx::task_from_result();
  auto endpoint = std::make_shared<Endpoint>(crossplat::threadpool::shared_instance().service(), listener);
  endpoint->start();
  const std::lock_guard lock(mutex_);
  endpoints_[listener] = std::move(endpoint);
  return pplx::task_from_result();
}

pplx::task<void> Engine::unregister_listener(Listener* listener) {
  std::shared_ptr<Endpoint> endpoint;
  {
    const std::lock_guard lock(mutex_);
    const auto it = endpoints_.find(listener);
    if (it == endpoints_.end()) return pplx::task_from_result();
    endpoint = std::move(it->second);
    endpoints_.erase(it);
  }
  endpoint->close();
  return pplx::task_from_result();
}

pplx::task<void> Engine::respond(web::http::http_response response) {
  auto* exchange = static_cast<Exchange*>(response._get_server_context());
  auto head = "HTTP/1.1 " + std::to_string(response.status_code()) + ' ' + response.reason_phrase() + "\r\n";
  bool close = false;
  for (const auto& [name, value] : response.headers()) {
    if (utility::details::str_iequal(name, web::http::header_names::connection))
      close = utility::details::str_iequal(value, "close");
    else
      head.append(name).append(": ").append(value).append("\r\n");
  }
  const bool has_length = response.headers().has(web::http::header_names::content_length);
  if (!has_length && response.status_code() >= 200 && response.status_code() != 204 && response.status_code() != 304)
    head += "Content-Length: " + std::to_string(exchange->body.size()) + "\r\n";
  head += "Date: " + date() + "\r\n";
  exchange->connection->answer(std::move(head), std::move(exchange->body), close, exchange->over);
  return pplx::create_task(exchange->over);
}

}  // namespace centralita::http
