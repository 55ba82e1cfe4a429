#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace centralita::channels::testing {

/// A provider that answers what it was told to, in that order, whatever bytes those are, and keeps what it was asked.
/// Told nothing more, it closes the connection once it has read the request.
class ScriptedServer {
 public:
  ScriptedServer() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(listen(listener_, 16) == 0);
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
    pthread_setname_np(thread_.native_handle(), "scripted");
  }

  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);  // ends accept()
    thread_.join();
    close(listener_);
  }

  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  const std::string& url() const { return url_; }

  void answer(int status, const std::string& body, const std::string& headers = "Content-Type: application/json\r\n") {
    const std::lock_guard lock(mutex_);
    script_.push_back("HTTP/1.1 " + std::to_string(status) + " Status\r\nConnection: close\r\n" + headers +
                      "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  void hang_up() {
    const std::lock_guard lock(mutex_);
    script_.emplace_back();
  }

  /// The requests as they came, head and body.
  std::vector<std::string> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  void serve() {
    for (;;) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      const timeval patience{5, 0};
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      const auto request = read_request(connection);
      std::string answer;
      {
        const std::lock_guard lock(mutex_);
        seen_.push_back(request);
        if (!script_.empty()) {
          answer = script_.front();
          script_.pop_front();
        }
      }
      for (size_t sent = 0; sent < answer.size();) {
        const auto n = ::send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<size_t>(n);
      }
      close(connection);
    }
  }

  static std::string read_request(int connection) {
    std::string request;
    char buffer[4096];
    for (;;) {
      const auto head = request.find("\r\n\r\n");
      if (head != std::string::npos) {
        const auto at = request.find("Content-Length: ");
        const size_t body = at < head ? std::stoul(request.substr(at + 16)) : 0;
        if (request.size() >= head + 4 + body) return request;
      }
      const auto n = recv(connection, buffer, sizeof buffer, 0);
      if (n <= 0) return request;
      request.append(buffer, static_cast<size_t>(n));
    }
  }

  int listener_;
  std::string url_;
  mutable std::mutex mutex_;
  std::deque<std::string> script_;
  std::vector<std::string> seen_;
  std::thread thread_;
};

}  // namespace centralita::channels::testing
