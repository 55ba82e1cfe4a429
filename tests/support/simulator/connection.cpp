#include "tests/support/simulator/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <thread>

namespace centralita::simulator {
namespace {

constexpr size_t kLongestLine = 64 << 10;
constexpr size_t kLongestBody = 64 << 20;
constexpr int kMostHeaders = 200;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<size_t> number(std::string_view text, int base) {
  size_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failed != std::errc{} || end != text.data() + text.size() || value > kLongestBody) return std::nullopt;
  return value;
}

std::string_view phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 429:
      return "Too Many Requests";
    default:
      return status < 400 ? "Fine" : status < 500 ? "Refused" : "Failed";
  }
}

}  // namespace

Connection::~Connection() { close(socket_); }

void Connection::shut_down() { shutdown(socket_, SHUT_RDWR); }

bool Connection::gone() const {
  char next;
  const auto size = recv(socket_, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void Connection::wait(std::chrono::milliseconds most, const std::function<bool()>& enough) const {
  constexpr std::chrono::milliseconds kStep{5};
  const auto end = std::chrono::steady_clock::now() + most;
  while (!stopping_ && !enough()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) return;
    std::this_thread::sleep_until(std::min(end, now + kStep));
  }
}

bool Connection::receive() {
  char bytes[16 << 10];
  ssize_t size = 0;
  do size = recv(socket_, bytes, sizeof bytes, 0);
  while (size < 0 && errno == EINTR);
  if (size <= 0) return false;
  received_.append(bytes, static_cast<size_t>(size));
  return true;
}

std::optional<std::string> Connection::line() {
  size_t searched = 0;
  for (;;) {
    if (const auto end = received_.find("\r\n", searched); end != std::string::npos) {
      auto text = received_.substr(0, end);
      received_.erase(0, end + 2);
      return text;
    }
    if (received_.size() > kLongestLine) return std::nullopt;
    searched = received_.empty() ? 0 : received_.size() - 1;
    if (!receive()) return std::nullopt;
  }
}

bool Connection::body(size_t length, std::string& into) {
  while (received_.size() < length)
    if (!receive()) return false;
  into.append(received_, 0, length);
  received_.erase(0, length);
  return true;
}

bool Connection::chunked_body(std::string& into) {
  for (;;) {
    const auto head = line();
    if (!head) return false;
    const auto size = number(trimmed(std::string_view(*head).substr(0, head->find(';'))), 16);
    if (!size || into.size() + *size > kLongestBody) return false;
    if (*size == 0) break;
    if (!body(*size, into) || line() != "") return false;
  }
  for (int trailers = 0; trailers < kMostHeaders; ++trailers) {
    const auto trailer = line();
    if (!trailer) return false;
    if (trailer->empty()) return true;
  }
  return false;
}

std::optional<http::Request> Connection::read() {
  const auto first = line();
  if (!first) return std::nullopt;
  const auto after_method = first->find(' ');
  const auto after_target = first->rfind(' ');
  if (after_method == std::string::npos || after_target == after_method) return std::nullopt;
  if (!first->substr(after_target + 1).starts_with("HTTP/1.")) return std::nullopt;

  http::Request request;
  request.method = first->substr(0, after_method);
  const auto target = first->substr(after_method + 1, after_target - after_method - 1);
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  for (;;) {
    const auto header = line();
    if (!header || request.headers.size() > kMostHeaders) return std::nullopt;
    if (header->empty()) break;
    const auto colon = header->find(':');
    if (colon == std::string::npos) return std::nullopt;
    request.headers[header->substr(0, colon)] = trimmed(std::string_view(*header).substr(colon + 1));
  }
  if (first->ends_with("1.0")) request.headers.emplace("Connection", "close");

  if (!request.header("Expect").empty() && !send("HTTP/1.1 100 Continue\r\n\r\n")) return std::nullopt;
  if (request.header("Transfer-Encoding") == "chunked") {
    if (!chunked_body(request.body)) return std::nullopt;
  } else if (const auto length = request.header("Content-Length"); !length.empty()) {
    const auto size = number(length, 10);
    if (!size || !body(*size, request.body)) return std::nullopt;
  }
  return request;
}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

bool Connection::write(const Answer& answer) {
  const auto& response = answer.response;
  auto text = "HTTP/1.1 " + std::to_string(response.status) + ' ' + std::string(phrase(response.status)) + "\r\n";
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  if (answer.chunks.empty())
    return send(text + "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n" + response.body);

  if (!send(text + "Transfer-Encoding: chunked\r\n\r\n")) return false;
  for (const auto& chunk : answer.chunks) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", chunk.size());
    if (!send(size + chunk + "\r\n")) return false;
  }
  return send("0\r\n\r\n");
}

}  // namespace centralita::simulator
