#include "libs/http/client.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <mutex>
#include <vector>

#include "libs/http/server.h"
#include "libs/http/test_socket.h"

using namespace centralita::http;
using namespace std::chrono_literals;
using testing::RawServer;
using testing::RawSocket;

namespace {

constexpr auto kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

ClientRequest request_to(std::string url, std::string method = "GET", std::string body = "") {
  ClientRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.body = std::move(body);
  return request;
}

/// A port on which nobody listens.
int closed_port() {
  return RawServer([](const RawSocket&) {}).port();
}

}  // namespace

TEST_CASE("a request arrives as it was asked for, and so does the answer") {
  std::mutex mutex;
  std::vector<Request> got;
  Server server({});
  server.route("*", "/**", [&](Request request, const Reply& reply) {
    const std::lock_guard lock(mutex);
    got.push_back(std::move(request));
    reply({201, {{"X-Id", "7"}, {"Content-Type", "text/plain"}}, "created"});
  });
  server.start();
  Client client({.allow_private_addresses = true});
  const auto base = "http://127.0.0.1:" + std::to_string(server.port());
  for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}) {
    const bool body = method[0] == 'P';
    auto request = request_to(base + "/a%2Fb?c=%20d", method, body ? "ñ=1" : "");
    request.headers = {{"X-Token", "t"}, {"X-Empty", ""}};
    if (body) request.headers["Content-Type"] = "text/x";
    const auto response = client.send(request);
    CAPTURE(method, response.error);
    REQUIRE(response.outcome == Outcome::kAnswered);
    CHECK(response.status == 201);
    CHECK(response.ok());
    CHECK(response.headers.at("x-id") == "7");
    CHECK(response.body == (method == "HEAD" ? "" : "created"));
    CHECK(got.back().method == method);
    CHECK(got.back().path == "/a%2Fb");
    CHECK(got.back().query == "c=%20d");
    CHECK(got.back().header("X-Token") == "t");
    CHECK(got.back().headers.contains("x-empty"));
    CHECK(got.back().body == (body ? "ñ=1" : ""));
    CHECK(got.back().content_type() == (body ? "text/x" : ""));
  }
}

TEST_CASE("an empty POST says that it is empty") {
  std::string head;
  RawServer server([&](const RawSocket& socket) {
    head = socket.read_message();
    socket.write(kOk);
  });
  Client client({.allow_private_addresses = true});
  CHECK(client.send(request_to(server.url(), "POST")).ok());
  CHECK(head.find("Content-Length: 0\r\n") != std::string::npos);
  CHECK(head.find("Content-Type") == std::string::npos);
}

TEST_CASE("nobody at the address, no address, or no URL: nothing was sent") {
  Client client({.allow_private_addresses = true});
  for (const auto& url : {"http://127.0.0.1:" + std::to_string(closed_port()) + "/",
                          std::string("http://nobody.invalid/"), std::string("file:///etc/passwd"),
                          std::string("gopher://127.0.0.1/"), std::string(""), std::string("http://")}) {
    CAPTURE(url);
    const auto response = client.send(request_to(url, "POST", "x"));
    CHECK(response.outcome == Outcome::kNotSent);
    CHECK_FALSE(response.error.empty());
  }
}

TEST_CASE("what could not be written is not sent") {
  std::atomic<int> connections = 0;
  RawServer server([&](const RawSocket&) { ++connections; });
  Client client({.allow_private_addresses = true});
  auto header = request_to(server.url());
  header.headers["X"] = "a\r\nY: b";
  CHECK(client.send(header).outcome == Outcome::kNotSent);
  CHECK(client.send(request_to(server.url(), "GET / HTTP/1.1\r\nX:")).outcome == Outcome::kNotSent);
  CHECK(connections == 0);
}

TEST_CASE("a server that speaks no TLS has seen nothing of an https request") {
  RawServer server([](const RawSocket& socket) {
    socket.read_until([](const std::string& text) { return !text.empty(); });
    socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  Client client({.allow_private_addresses = true});
  const auto response =
      client.send(request_to("https://127.0.0.1:" + std::to_string(server.port()) + "/", "POST", "x"));
  CHECK(response.outcome == Outcome::kNotSent);
}

TEST_CASE("a connection that closes after the request: nobody knows") {
  Client client({.allow_private_addresses = true});
  for (const bool reset : {false, true}) {
    RawServer server([&](RawSocket socket) {
      socket.read_message();
      if (reset) socket.reset();
    });
    const auto response = client.send(request_to(server.url(), "POST", "x"));
    CHECK(response.outcome == Outcome::kUnknown);
    CHECK(response.status == 0);
  }
  RawServer cut([&](const RawSocket& socket) {
    socket.read_message();
    socket.write("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\npart");
  });
  const auto response = client.send(request_to(cut.url(), "POST", "x"));
  CHECK(response.outcome == Outcome::kUnknown);
  CHECK(response.body.empty());
}

TEST_CASE("an answer that does not come in time: nobody knows; a connection that does not: nothing was sent") {
  std::promise<void> over;
  const auto wait = over.get_future().share();
  RawServer server([&](const RawSocket& socket) {
    socket.read_message();
    wait.wait();
  });
  Client client({.allow_private_addresses = true});
  auto request = request_to(server.url(), "POST", "x");
  request.timeout = 200ms;
  CHECK(client.send(request).outcome == Outcome::kUnknown);

  // The server's thread still holds the first connection: the TLS handshake of the second gets no answer.
  request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  request.connect_timeout = 200ms;
  request.timeout = 5s;
  CHECK(client.send(request).outcome == Outcome::kNotSent);
  over.set_value();
}

TEST_CASE("a POST on a kept-alive connection that closes unanswered is never sent twice") {
  for (const std::string body : {"x=1", ""}) {
    std::atomic<int> posts = 0;
    std::atomic<int> connections = 0;
    RawServer server([&](const RawSocket& socket) {
      const bool first = connections++ == 0;
      while (true) {
        const auto request = socket.read_message();
        if (request.empty()) return;
        if (request.starts_with("POST")) {
          ++posts;
          return;
        }
        socket.write(kOk);
        if (!first) return;
      }
    });
    Client client({.allow_private_addresses = true});
    REQUIRE(client.send(request_to(server.url())).ok());
    CAPTURE(body);
    auto pending = std::async(std::launch::async, [&] { return client.send(request_to(server.url(), "POST", body)); });
    // An empty POST takes a connection of its own, which is accepted once the kept-alive one is given up.
    CHECK(pending.wait_for(10s) == std::future_status::ready);
    CHECK(pending.get().outcome == Outcome::kUnknown);
    CHECK(posts == 1);
  }
}

TEST_CASE("connections are kept for the next request, also for POST") {
  std::atomic<int> connections = 0;
  RawServer server([&](const RawSocket& socket) {
    ++connections;
    while (!socket.read_message().empty()) socket.write(kOk);
  });
  Client client({.allow_private_addresses = true});
  for (int i = 0; i < 3; ++i) {
    CHECK(client.send(request_to(server.url())).ok());
    CHECK(client.send(request_to(server.url(), "POST", "x")).ok());
  }
  CHECK(connections == 1);
}

TEST_CASE("an answer that is too long is cut off") {
  Server server({});
  server.route("GET", "/{bytes}", [](const Request& request, const Reply& reply) {
    reply(text_response(200, "text/plain", std::string(std::stoul(request.parameters.at("bytes")), 'x')));
  });
  server.start();
  Client client({.allow_private_addresses = true});
  auto request = request_to("http://127.0.0.1:" + std::to_string(server.port()) + "/9000");
  request.max_response = 10'000;
  CHECK(client.send(request).body.size() == 9'000);
  request.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/50000000";
  const auto response = client.send(request);
  CHECK(response.outcome == Outcome::kUnknown);
  CHECK(response.error == "the answer is too long");
  CHECK(response.body.empty());
}

TEST_CASE("the guard lets nothing reach a private address, by whatever name it is called") {
  std::atomic<int> connections = 0;
  RawServer server([&](const RawSocket&) { ++connections; });
  Client client;
  const auto port = std::to_string(server.port());
  for (const auto& url : {"http://127.0.0.1:" + port, "http://localhost:" + port, "http://2130706433:" + port,
                          "http://0x7f.1:" + port, "http://[::1]:" + port, "http://[::ffff:127.0.0.1]:" + port,
                          "http://0.0.0.0:" + port, "https://127.0.0.1:" + port}) {
    CAPTURE(url);
    CHECK(client.send(request_to(url)).outcome == Outcome::kRefused);
  }
  CHECK(connections == 0);
}

TEST_CASE("redirects are answers unless they are followed, and then so many only") {
  std::string url;
  RawServer server([&](const RawSocket& socket) {
    while (true) {
      const auto request = socket.read_message();
      if (request.empty()) return;
      socket.write(request.starts_with("GET /end") ? kOk
                   : request.starts_with("GET /file")
                       ? "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"
                   : request.starts_with("GET /loop")
                       ? "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n"
                       : "HTTP/1.1 302 Found\r\nLocation: /end\r\nX-First: 1\r\nContent-Length: 0\r\n\r\n");
    }
  });
  CHECK(Client({.allow_private_addresses = true}).send(request_to(server.url())).status == 302);
  Client client({.allow_private_addresses = true, .max_redirects = 2});
  const auto followed = client.send(request_to(server.url()));
  CHECK(followed.status == 200);
  CHECK_FALSE(followed.headers.contains("X-First"));
  CHECK_FALSE(client.send(request_to(server.url("/loop"))).ok());
  CHECK(client.send(request_to(server.url("/file"))).outcome == Outcome::kUnknown);
}

TEST_CASE("a hundred requests at once share one thread and mix nothing up") {
  std::mutex mutex;
  std::vector<std::pair<std::string, Reply>> waiting;
  Server server({});
  server.route("GET", "/{n}", [&](const Request& request, Reply reply) {
    const std::lock_guard lock(mutex);
    waiting.emplace_back(request.parameters.at("n"), std::move(reply));
    if (waiting.size() < 100) return;
    for (const auto& [n, each] : waiting) each(text_response(200, "text/plain", n));
    waiting.clear();
  });
  server.start();
  Client client({.allow_private_addresses = true});
  std::atomic<int> right = 0;
  std::atomic<int> done = 0;
  std::promise<void> all;
  for (int i = 0; i < 100; ++i)
    client.send(request_to("http://127.0.0.1:" + std::to_string(server.port()) + "/" + std::to_string(i)),
                [&, i](const ClientResponse& response) {
                  right += response.body == std::to_string(i);
                  if (++done == 100) all.set_value();
                });
  CHECK(all.get_future().wait_for(10s) == std::future_status::ready);
  CHECK(right == 100);
}

TEST_CASE("a client that goes tells everybody who waits") {
  std::promise<void> arrived;
  std::promise<void> over;
  const auto wait = over.get_future().share();
  RawServer server([&](const RawSocket& socket) {
    socket.read_message();
    arrived.set_value();
    wait.wait();
  });
  ClientResponse told;
  {
    Client client({.allow_private_addresses = true});
    client.send(request_to(server.url(), "POST", "x"), [&](ClientResponse response) { told = std::move(response); });
    arrived.get_future().wait();
  }
  CHECK(told.outcome == Outcome::kUnknown);
  CHECK(told.error == "the client was closed");
  over.set_value();
}

TEST_CASE("addresses of the public internet, and all the others") {
  for (const auto* address :
       {"8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.167.1.1", "198.17.0.1",
        "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "2003::1"}) {
    CAPTURE(address);
    CHECK(is_public_address(address));
  }
  for (const auto* address : {"0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "100.64.0.1",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.1",
                              "192.0.2.1",
                              "192.88.99.1",
                              "192.168.0.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::ffff:8.8.8.8",
                              "::ffff:127.0.0.1",
                              "::127.0.0.1",
                              "64:ff9b::808:808",
                              "64:ff9b:1::1",
                              "100::1",
                              "2001::1",
                              "2001:db8::1",
                              "2001:10::1",
                              "2002:7f00:1::1",
                              "2002:808:808::1",
                              "3fff::1",
                              "fc00::1",
                              "fd12::1",
                              "fe80::1",
                              "fe80::1%eth0",
                              "fec0::1",
                              "ff02::1",
                              "4000::1",
                              "",
                              "localhost",
                              "8.8.8",
                              "8.8.8.8.8",
                              "08.8.8.8",
                              "8.8.8.8 "}) {
    CAPTURE(address);
    CHECK_FALSE(is_public_address(address));
  }
}

TEST_CASE("Retry-After is seconds or a date") {
  // Fri, 29 Sep 2023 16:26:37 GMT
  const auto now = std::chrono::system_clock::from_time_t(1696004797);
  const auto wait = [&](const char* value) { return retry_after({{"retry-after", value}}, now); };
  CHECK(wait("20") == 20s);
  CHECK(wait("121") == 121s);
  CHECK(wait("Fri, 29 Sep 2023 16:26:57 GMT") == 20s);
  CHECK(wait("Friday, 29-Sep-23 16:27:37 GMT") == 60s);
  CHECK(wait("Fri Sep 29 16:27:37 2023") == 60s);
  CHECK(retry_after({{"Retry-After", "Fri, 29 Sep 2023 16:26:38 GMT"}}, now + 200ms) == 800ms);
  for (const auto* bad : {"0", "-10", "", "abc", "20s", "1.5", "99999999999999999999", "Fri, 29 Sep 2023 16:26:37 GMT",
                          "Fri, 29 Sep 2022 16:26:57 GMT", "Zun, 29 Sep 2023 16:26:57 GMT"}) {
    CAPTURE(bad);
    CHECK_FALSE(wait(bad));
  }
  CHECK_FALSE(retry_after({}, now));
}
