#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

/// Plain sockets on 127.0.0.1, for tests that say on the wire what no well-behaved library would.
namespace centralita::http::testing {

class RawSocket {
 public:
  explicit RawSocket(int fd) : fd_(fd) {}
  static RawSocket connect(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("connect");
    return RawSocket(fd);
  }
  RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~RawSocket() {
    if (fd_ >= 0) ::close(fd_);
  }

  /// False when the other side does not take it any more.
  bool write(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  void end_writing() const { ::shutdown(fd_, SHUT_WR); }
  /// Closes so that the other side gets a reset.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(std::exchange(fd_, -1));
  }

  /// What comes until `enough` says so, the other side closes, or the deadline.
  std::string read_until(const std::function<bool(const std::string&)>& enough,
                         std::chrono::milliseconds deadline = std::chrono::seconds{5}) const {
    std::string text;
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!enough(text)) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      pollfd ready{fd_, POLLIN, 0};
      if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) break;
      char part[16'384];
      const auto got = ::recv(fd_, part, sizeof part, 0);
      if (got <= 0) break;
      text.append(part, static_cast<size_t>(got));
    }
    return text;
  }
  std::string read_all(std::chrono::milliseconds deadline = std::chrono::seconds{5}) const {
    return read_until([](const std::string&) { return false; }, deadline);
  }
  /// A head and as much body as its Content-Length says.
  std::string read_message(std::chrono::milliseconds deadline = std::chrono::seconds{5}) const {
    return read_until(
        [](const std::string& text) {
          const auto head = text.find("\r\n\r\n");
          if (head == std::string::npos) return false;
          const auto length = text.find("Content-Length: ");
          return text.size() >= head + 4 + (length < head ? std::stoul(text.substr(length + 16)) : 0);
        },
        deadline);
  }

 private:
  int fd_;
};

/// Accepts connections one after another and gives each to `serve`, until it goes.
class RawServer {
 public:
  explicit RawServer(std::function<void(RawSocket)> serve) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof name;
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&name), length) != 0 || ::listen(fd_, 64) != 0 ||
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &length) != 0)
      throw std::runtime_error("listen");
    port_ = ntohs(name.sin_port);
    thread_ = std::jthread([this, serve = std::move(serve)] {
      for (int one = ::accept(fd_, nullptr, nullptr); one >= 0; one = ::accept(fd_, nullptr, nullptr))
        serve(RawSocket(one));
    });
  }
  ~RawServer() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }

  int port() const { return port_; }
  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

 private:
  int fd_;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace centralita::http::testing
