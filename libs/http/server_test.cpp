#include "libs/http/server.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "libs/base/error.h"
#include "libs/http/test_server.h"

using namespace centralita;
using namespace centralita::http;
using namespace centralita::http::testing;
using namespace std::chrono_literals;

namespace {

nlohmann::json json_in(const std::string& answer) {
  return nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
}

}  // namespace

TEST_CASE("path and query stay encoded, headers are found whatever their case") {
  std::promise<Request> got;
  RunningServer running([&](Server& server) {
    server.route("POST", "/webhooks/{channel}", [&](Request request, const Reply& reply) {
      got.set_value(std::move(request));
      reply({204, {}, ""});
    });
  });
  const auto answer = running.say(
      "POST /webhooks/a%2Fb?x=%zz&y=It's|[] HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nx-one: 2\r\nCookie: a=1\r\nCookie: "
      "b=2\r\n"
      "X-Name: \xc3\xb1\r\ncontent-type: Application/JSON ; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(status_in(answer) == 204);
  CHECK(answer.find("Content-Length") == std::string::npos);
  const auto request = got.get_future().get();
  CHECK(request.method == "POST");
  CHECK(request.path == "/webhooks/a%2Fb");
  CHECK(request.query == "x=%zz&y=It's|[]");
  CHECK(request.parameters.at("channel") == "a/b");
  CHECK(request.body == "hello");
  CHECK(request.peer == "127.0.0.1");
  CHECK(request.header("X-ONE") == "1, 2");
  CHECK(request.header("cookie") == "a=1; b=2");
  CHECK(request.header("x-name") == "ñ");
  CHECK(request.content_type() == "application/json");
  CHECK(request.header("Absent").empty());
}

TEST_CASE("a path that nobody answers is 404, another method 405 with Allow") {
  RunningServer running([](Server& server) { server.route("GET", "/a", answering("a")); });
  const auto missing = running.get("/b");
  CHECK(status_in(missing) == 404);
  CHECK(missing.find("Content-Type: application/problem+json") != std::string::npos);
  CHECK(json_in(missing)["code"] == "NOT_FOUND");
  const auto other = running.say("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  CHECK(status_in(other) == 405);
  CHECK(other.find("Allow: GET, HEAD\r\n") != std::string::npos);
  const auto trace = running.say("TRACE /a HTTP/1.1\r\nHost: a\r\nCookie: secret\r\n\r\n");
  CHECK(status_in(trace) == 405);
  CHECK(trace.find("secret") == std::string::npos);
  CHECK(status_in(running.say("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")) == 404);
}

TEST_CASE("HEAD is answered as GET, without the body") {
  RunningServer running([](Server& server) { server.route("GET", "/a", answering("twelve bytes")); });
  const auto socket = RawSocket::connect(running.server.port());
  socket.write("HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto answer = socket.read_all();
  CHECK(status_in(answer) == 200);
  CHECK(answer.find("Content-Length: 12\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("a reply may come later, from another thread") {
  std::vector<std::jthread> threads;
  RunningServer running([&](Server& server) {
    server.route("GET", "/later", [&](const Request&, Reply reply) {
      threads.emplace_back([reply = std::move(reply)] { reply(text_response(200, "text/plain", "late")); });
    });
  });
  CHECK(running.get("/later").ends_with("late"));
}

TEST_CASE("a reply that is dropped is 500, a second one is nothing") {
  RunningServer running([](Server& server) {
    server.route("GET", "/dropped", [](const Request&, const Reply&) {});
    server.route("GET", "/twice", [](const Request&, const Reply& reply) {
      reply(text_response(200, "text/plain", "first"));
      reply(text_response(500, "text/plain", "second"));
    });
  });
  CHECK(status_in(running.get("/dropped")) == 500);
  CHECK(running.get("/twice").ends_with("first"));
}

TEST_CASE("an Error becomes a problem with its status, another exception tells nothing") {
  RunningServer running([](Server& server) {
    server.route("GET", "/error", [](const Request&, const Reply&) {
      Error error(Code::kResourceExhausted, "TOO_MANY", "Slow down.");
      error.retry_after = 1'500ms;
      throw error;
    });
    server.route("GET", "/exception",
                 [](const Request&, const Reply&) { throw std::runtime_error("password is hunter2"); });
  });
  const auto error = running.get("/error");
  CHECK(status_in(error) == 429);
  CHECK(json_in(error)["code"] == "TOO_MANY");
  CHECK(json_in(error)["detail"] == "Slow down.");
  CHECK(error.find("Retry-After: 2\r\n") != std::string::npos);
  const auto exception = running.get("/exception");
  CHECK(status_in(exception) == 500);
  CHECK(exception.find("hunter2") == std::string::npos);
}

TEST_CASE("a header that would break the answer apart makes it 500") {
  RunningServer running([](Server& server) {
    server.route("GET", "/", [](const Request& request, const Reply& reply) {
      reply({200, {{"Location", percent_decode(request.query)}}, ""});
    });
  });
  CHECK(status_in(running.get("/?ok")) == 200);
  const auto split = running.get("/?a%0d%0aSet-Cookie:%20b");
  CHECK(status_in(split) == 500);
  CHECK(split.find("Set-Cookie") == std::string::npos);
}

TEST_CASE("a connection is used again, also for requests sent ahead") {
  RunningServer running([](Server& server) {
    server.route("GET", "/{n}", [](const Request& request, const Reply& reply) {
      reply(text_response(200, "text/plain", "answer " + request.parameters.at("n")));
    });
    server.route("POST", "/", echo);
  });
  const auto socket = RawSocket::connect(running.server.port());
  for (const std::string n : {"1", "2", "3"}) {
    socket.write("GET /" + n + " HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(socket.read_message().ends_with("answer " + n));
  }
  socket.write(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /4 HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto answers = socket.read_all();
  CHECK(answers.find("answer 4") < answers.find("answer 5"));
  CHECK(answers.ends_with("answer 5"));
}

TEST_CASE("HTTP/1.0 clients are answered and left") {
  RunningServer running([](Server& server) { server.route("GET", "/", answering("a")); });
  const auto socket = RawSocket::connect(running.server.port());
  socket.write("GET / HTTP/1.0\r\n\r\n");
  CHECK(socket.read_all().ends_with("\r\n\r\na"));
}

TEST_CASE("a client that waits to be asked for its body is asked") {
  RunningServer running([](Server& server) { server.route("POST", "/", echo); });
  const auto socket = RawSocket::connect(running.server.port());
  socket.write("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(socket.read_message() == "HTTP/1.1 100 Continue\r\n\r\n");
  socket.write("hello");
  CHECK(socket.read_message().ends_with("hello"));
}

TEST_CASE("stopping waits for the answers that are under way, and takes nothing new") {
  std::promise<Reply> got;
  RunningServer running([&](Server& server) {
    server.route("GET", "/", [&](const Request&, Reply reply) { got.set_value(std::move(reply)); });
  });
  const auto idle = RawSocket::connect(running.server.port());
  const auto socket = RawSocket::connect(running.server.port());
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  auto reply = got.get_future().get();
  auto stopped = std::async(std::launch::async, [&] { running.server.stop(10s); });
  CHECK(idle.read_all().empty());
  CHECK_THROWS(RawSocket::connect(running.server.port()));
  CHECK(stopped.wait_for(100ms) == std::future_status::timeout);
  reply(text_response(200, "text/plain", "last"));
  const auto answer = socket.read_all();
  CHECK(answer.ends_with("last"));
  CHECK(answer.find("Connection: close") != std::string::npos);
  CHECK(stopped.wait_for(5s) == std::future_status::ready);
}

TEST_CASE("stopping waits for a handler that is still at work after its answer") {
  std::promise<void> go;
  const auto wait = go.get_future().share();
  std::atomic<bool> returned = false;
  RunningServer running([&](Server& server) {
    server.route("GET", "/", [&](const Request&, const Reply& reply) {
      reply(text_response(200, "text/plain", "answered"));
      wait.wait();
      returned = true;
    });
  });
  CHECK(running.get("/").ends_with("answered"));
  auto stopped = std::async(std::launch::async, [&] { running.server.stop(10s); });
  CHECK(stopped.wait_for(100ms) == std::future_status::timeout);
  go.set_value();
  stopped.get();
  CHECK(returned);
}

TEST_CASE("stopping does not wait beyond its deadline, and a later reply does no harm") {
  std::promise<Reply> got;
  Reply reply;
  {
    RunningServer running([&](Server& server) {
      server.route("GET", "/", [&](const Request&, Reply later) { got.set_value(std::move(later)); });
    });
    const auto socket = RawSocket::connect(running.server.port());
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    reply = got.get_future().get();
    const auto start = std::chrono::steady_clock::now();
    running.server.stop(200ms);
    CHECK(std::chrono::steady_clock::now() - start < 2s);
  }
  reply(text_response(200, "text/plain", "too late"));
}

TEST_CASE("a port that is taken is told by its number, and is free again after stop") {
  const auto nothing = [](Server&) {};
  RunningServer first(nothing);
  ServerOptions options;
  options.port = first.server.port();
  try {
    RunningServer second(nothing, options);
    FAIL("the port was taken");
  } catch (const Error& error) {
    CHECK(error.code() == Code::kUnavailable);
    CHECK(error.message().find(std::to_string(options.port)) != std::string::npos);
  }
  first.server.stop(1s);
  RunningServer third(nothing, options);
  CHECK(third.server.port() == options.port);
}

TEST_CASE("servers of one process do not share routes") {
  RunningServer one([](Server& server) { server.route("GET", "/one", answering("1")); });
  RunningServer two([](Server& server) { server.route("GET", "/two", answering("2")); });
  CHECK(status_in(one.get("/two")) == 404);
  CHECK(two.get("/two").ends_with("2"));
}

TEST_CASE("a hundred clients at once are all answered") {
  RunningServer running([](Server& server) { server.route("POST", "/", echo); });
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 100; ++client)
      clients.emplace_back([&, client] {
        const auto socket = RawSocket::connect(running.server.port());
        for (int i = 0; i < 20; ++i) {
          const auto body = std::to_string(client) + " " + std::to_string(i);
          socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                       body);
          right += socket.read_message().ends_with(body);
        }
      });
  }
  CHECK(right == 2'000);
}

TEST_CASE("canonical codes have the statuses of google.rpc.Code") {
  CHECK(status_of(static_cast<int>(Code::kOk)) == 200);
  CHECK(status_of(static_cast<int>(Code::kInvalidArgument)) == 400);
  CHECK(status_of(static_cast<int>(Code::kFailedPrecondition)) == 400);
  CHECK(status_of(static_cast<int>(Code::kUnauthenticated)) == 401);
  CHECK(status_of(static_cast<int>(Code::kPermissionDenied)) == 403);
  CHECK(status_of(static_cast<int>(Code::kNotFound)) == 404);
  CHECK(status_of(static_cast<int>(Code::kAborted)) == 409);
  CHECK(status_of(static_cast<int>(Code::kResourceExhausted)) == 429);
  CHECK(status_of(static_cast<int>(Code::kUnavailable)) == 503);
  CHECK(status_of(77) == 500);
}
