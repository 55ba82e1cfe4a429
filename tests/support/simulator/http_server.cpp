#include "tests/support/simulator/http_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libs/base/error.h"

namespace centralita::simulator {
namespace {

constexpr int kBacklog = 1024;
constexpr int kTidyEvery = 200;  // ms

int listen_on(int port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && listen(listener, kBacklog) == 0)
    return listener;
  close(listener);
  throw Error(Code::kUnavailable, "PORT_TAKEN", "the simulator cannot listen on port " + std::to_string(port));
}

int port_of(int listener) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

}  // namespace

struct HttpServer::Session {
  Session(int socket, const std::atomic<bool>& stopping) : connection(socket, stopping) {}

  Connection connection;
  std::atomic<bool> finished{false};
  std::thread thread;
};

HttpServer::HttpServer(int port, Handler handler)
    : handler_(std::move(handler)), listener_(listen_on(port)), port_(port_of(listener_)) {
  acceptor_ = std::thread([this] { accept_all(); });
  pthread_setname_np(acceptor_.native_handle(), "sim-accept");
}

HttpServer::~HttpServer() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& session : sessions_) session.connection.shut_down();
  for (auto& session : sessions_) session.thread.join();
  close(listener_);
}

void HttpServer::accept_all() {
  while (!stopping_) {
    pollfd ready{listener_, POLLIN, 0};
    poll(&ready, 1, kTidyEvery);
    sessions_.remove_if([](Session& session) {
      if (!session.finished) return false;
      session.thread.join();
      return true;
    });
    if (stopping_ || !(ready.revents & POLLIN)) continue;
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto& session = sessions_.emplace_back(socket, stopping_);
    session.thread = std::thread([this, &session] { talk(session); });
    pthread_setname_np(session.thread.native_handle(), "sim-connection");
  }
}

void HttpServer::talk(Session& session) {
  auto& connection = session.connection;
  while (const auto request = connection.read()) {
    const auto answer = handler_(*request, connection);
    if (answer.hang_up || !connection.write(answer) || request->header("Connection") == "close") break;
  }
  connection.shut_down();
  session.finished = true;
}

}  // namespace centralita::simulator
