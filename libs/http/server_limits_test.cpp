#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <vector>

#include "libs/http/test_server.h"

using namespace centralita;
using namespace centralita::http;
using namespace centralita::http::testing;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

long resident_kibibytes() {
  std::ifstream statm("/proc/self/statm");
  long total = 0;
  long resident = 0;
  statm >> total >> resident;
  return resident * 4;
}

}  // namespace

TEST_CASE("a body that is announced as too large is refused unread") {
  RunningServer running([](Server& server) {
    server.route("POST", "/", echo, 100);
    server.route("POST", "/large", [](const Request& request, const Reply& reply) {
      reply(text_response(200, "text/plain", std::to_string(request.body.size())));
    });
  });
  const auto refused = running.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n");
  CHECK(status_in(refused) == 413);
  CHECK(refused.find("BODY_TOO_LARGE") != std::string::npos);
  CHECK(status_in(running.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n")) == 413);
  CHECK(status_in(running.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x'))) ==
        200);
  CHECK(running.say("POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + std::string(1 << 20, 'x'))
            .ends_with("1048576"));
}

TEST_CASE("a chunked body is refused as soon as it is too large, and its memory stays bounded") {
  RunningServer running([](Server& server) { server.route("POST", "/", echo, 1 << 20); });
  const auto before = resident_kibibytes();
  for (const std::string& chunk :
       {"400\r\n" + std::string(1'024, 'x') + "\r\n", "6400000\r\n" + std::string(1 << 20, 'x')}) {
    const auto socket = RawSocket::connect(running.server.port());
    socket.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    size_t sent = 0;
    for (; sent < 100u << 20; sent += chunk.size())
      if (!socket.write(sent == 0 || chunk.size() < 2'000 ? chunk : std::string_view(chunk).substr(9))) break;
    CHECK(status_in(socket.read_message()) == 413);
  }
  CHECK(resident_kibibytes() - before < 16 << 10);
}

TEST_CASE("a body of 100 MB that is announced takes no memory") {
  RunningServer running([](Server& server) { server.route("POST", "/", echo); });
  const auto before = resident_kibibytes();
  const auto socket = RawSocket::connect(running.server.port());
  socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n");
  const std::string part(1 << 20, 'x');
  for (int i = 0; i < 100 && socket.write(part); ++i) {
  }
  CHECK(status_in(socket.read_message()) == 413);
  CHECK(resident_kibibytes() - before < 16 << 10);
}

TEST_CASE("a body that trickles is 408, and one that is cut off reaches no handler") {
  std::atomic<int> handled = 0;
  ServerOptions options;
  options.body_timeout = 1s;
  RunningServer running(
      [&](Server& server) { server.route("POST", "/", [&](const Request&, const Reply&) { ++handled; }); }, options);
  const auto slow = RawSocket::connect(running.server.port());
  slow.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
  {
    const auto cut = RawSocket::connect(running.server.port());
    cut.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
    cut.end_writing();
    CHECK(status_in(cut.read_message()) == 400);
  }
  CHECK(status_in(slow.read_message()) == 408);
  CHECK(handled == 0);
}

TEST_CASE("a connection that brings no whole header is closed") {
  ServerOptions options;
  options.idle_timeout = 1s;
  RunningServer running([](Server& server) { server.route("GET", "/", answering("a")); }, options);
  const auto silent = RawSocket::connect(running.server.port());
  const auto slow = RawSocket::connect(running.server.port());
  slow.write("GET / HTTP/1.1\r\nHost:");
  const auto start = std::chrono::steady_clock::now();
  CHECK(silent.read_all().empty());
  CHECK(slow.read_all().empty());
  CHECK(std::chrono::steady_clock::now() - start < 4s);
}

TEST_CASE("headers that are too large are 431, a request line that is too long 414") {
  RunningServer running([](Server& server) { server.route("GET", "/**", answering("a")); });
  const auto with_header = [&](size_t bytes) {
    return status_in(running.say("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(bytes, 'x') + "\r\n\r\n"));
  };
  CHECK(with_header(30 << 10) == 200);
  CHECK(with_header(40 << 10) == 431);
  CHECK(with_header(70 << 10) == 431);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 10'000; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  CHECK(status_in(running.say(many)) == 431);
  CHECK(status_in(running.say("GET /" + std::string(200 << 10, 'x'))) == 414);
}

TEST_CASE("malformed and hostile requests are refused, and the server goes on") {
  RunningServer running([](Server& server) { server.route("*", "/**", answering("a")); });
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  for (const auto& bytes :
       {chunked + "-2\r\nhello\r\n0\r\n\r\n", chunked + "-1\r\nhello\r\n0\r\n\r\n",
        chunked + "zz\r\nhello\r\n0\r\n\r\n", chunked + "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        chunked + "5\r\nhelloworld\r\n0\r\n\r\n", post + "Content-Length: -5\r\n\r\nhello",
        post + "Content-Length: 5x\r\n\r\nhello", post + "Content-Length: 5\r\nContent-Length: 3\r\n\r\nhello",
        post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"s,
        "GET\r\n\r\n"s, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s + std::string(100, '\0'),
        "GET /\x01 HTTP/1.1\r\n\r\n"s, "GET / HTTP/1.1\r\nHost: a\r\n bad: fold\x01\r\n\r\n"s,
        "GET / HTTP/1.1\r\n: empty\r\n\r\n"s, "G\xc3\xa9T / HTTP/1.1\r\n\r\n"s,
        "GET / HTTP/1.1\r\nno colon\r\n\r\n"s}) {
    CAPTURE(bytes.substr(0, 120));
    const auto status = status_in(running.say(bytes));
    CHECK(status >= 400);
    CHECK(status < 500);
  }
  CHECK(running.say(chunked + "5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n").ends_with("a"));
  CHECK(running.get("http://a/b?c").ends_with("a"));
  CHECK(running.get("/").ends_with("a"));
}

TEST_CASE("clients that go away at any moment harm nobody") {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Reply> waiting;
  bool last_came = false;
  RunningServer running([&](Server& server) {
    server.route("POST", "/", answering(std::string(1 << 20, 'x')));
    server.route("GET", "/wait", [&](const Request& request, Reply reply) {
      const std::lock_guard lock(mutex);
      last_came = last_came || request.query == "last";
      waiting.push_back(std::move(reply));
      changed.notify_all();
    });
  });
  const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789";
  for (size_t length = 0; length <= request.size(); ++length) {
    auto socket = RawSocket::connect(running.server.port());
    socket.write(request.substr(0, length));
    socket.reset();
  }
  for (int i = 0; i < 20; ++i) {
    auto socket = RawSocket::connect(running.server.port());
    socket.write("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    if (i % 2 == 0) socket.reset();
  }
  const auto last = RawSocket::connect(running.server.port());
  last.write("GET /wait?last HTTP/1.1\r\nHost: a\r\n\r\n");
  std::unique_lock lock(mutex);
  REQUIRE(changed.wait_for(lock, 5s, [&] { return last_came; }));
  for (const auto& reply : waiting) reply(text_response(200, "text/plain", "woken"));
  waiting.clear();
  CHECK(last.read_message().ends_with("woken"));
  CHECK(status_in(running.say(request)) == 200);
}

TEST_CASE("more requests at once than the server takes are sent away for a second") {
  std::vector<Reply> waiting;
  std::mutex mutex;
  std::condition_variable changed;
  ServerOptions options;
  options.max_running = 2;
  RunningServer running(
      [&](Server& server) {
        server.route("GET", "/", [&](const Request&, Reply reply) {
          const std::lock_guard lock(mutex);
          waiting.push_back(std::move(reply));
          changed.notify_all();
        });
      },
      options);
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 2; ++i) {
    sockets.push_back(RawSocket::connect(running.server.port()));
    sockets.back().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, 5s, [&] { return waiting.size() == 2; }));
  }
  const auto busy = running.get("/");
  CHECK(status_in(busy) == 503);
  CHECK(busy.find("Retry-After: 1\r\n") != std::string::npos);
  for (const auto& reply : waiting) reply(text_response(200, "text/plain", "a"));
  for (const auto& socket : sockets) CHECK(status_in(socket.read_message()) == 200);
}
