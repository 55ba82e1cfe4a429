#include "tests/support/simulator/simulator.h"

#include "libs/base/error.h"
#include "tests/support/simulator/behaviour.h"
#include "tests/support/simulator/chatwoot.h"
#include "tests/support/simulator/http_server.h"
#include "tests/support/simulator/journal.h"
#include "tests/support/simulator/openai.h"
#include "tests/support/simulator/twilio.h"

namespace centralita::simulator {
namespace {

using nlohmann::json;

constexpr int64_t kLongestWait = 60'000;  // ms
constexpr auto kGarbage = "<html><body><h1>It works!</h1>\xff\xfe";

}  // namespace

struct Simulator::Impl {
  explicit Impl(int port)
      : server(port, [this](const auto& request, const auto& connection) { return answer(request, connection); }) {}

  Answer answer(const http::Request& request, const Connection& connection) {
    try {
      if (request.path.starts_with("/_")) return {control(request, connection)};
      return play(request, connection);
    } catch (const Error& error) {
      return {http::problem(400, error.reason(), error.message())};
    } catch (const json::exception&) {
      return {http::problem(400, "MALFORMED", "a field of the body is of another type")};
    }
  }

  Answer play(const http::Request& request, const Connection& connection) {
    for (auto* provider : std::initializer_list<Provider*>{&twilio, &chatwoot, &openai})
      if (provider->owns(request.path)) return play(*provider, request, connection);
    return {http::problem(404, "NOT_FOUND", "no provider has this path")};
  }

  Answer play(Provider& provider, const http::Request& request, const Connection& connection) {
    const auto at = SystemClock().now();
    const auto version = behaviours.version(provider.name());
    const auto behaviour = behaviours.take(provider.name(), request.path, provider.creates(request));
    // A slow provider does its work also when its caller has lost patience.
    connection.wait(behaviour.delay, [] { return false; });

    Reply reply;
    bool hang_up = false;
    switch (behaviour.mode) {
      case Mode::kStatus:
        reply.response = provider.error(behaviour.status, behaviour.code);
        break;
      case Mode::kGarbage:
        reply.response = http::text_response(behaviour.status, "text/html", kGarbage);
        break;
      case Mode::kHang:
      case Mode::kHangUpBeforeAccepting:
        hang_up = true;
        break;
      default:
        reply = provider.answer(request, behaviour);
        hang_up = behaviour.mode == Mode::kHangUpAfterAccepting;
    }
    if (behaviour.retry_after) reply.response.headers["Retry-After"] = std::to_string(*behaviour.retry_after);
    if (request.method == "POST")
      journal.add(at, provider.name(), request, hang_up ? 0 : reply.response.status, reply.accepted);
    if (behaviour.mode == Mode::kHang)
      connection.wait(std::chrono::hours(24),
                      [&] { return connection.gone() || behaviours.version(provider.name()) != version; });
    return {std::move(reply.response), std::move(reply.chunks), hang_up};
  }

  http::Response control(const http::Request& request, const Connection& connection) {
    const auto is = [&](std::string_view method, std::string_view path) {
      return request.method == method && request.path == path;
    };
    if (is("GET", "/_sent")) return sent(parse_form(request.query), connection);
    if (is("GET", "/_behaviour")) return json_response(200, behaviours.list());
    if (is("POST", "/_behaviour")) {
      behaviours.set(json::parse(request.body, nullptr, false));
      return json_response(200, behaviours.list());
    }
    if (is("DELETE", "/_behaviour")) {
      behaviours.clear();
      return {204};
    }
    if (is("POST", "/_reset")) {
      for (auto* provider : std::initializer_list<Provider*>{&twilio, &chatwoot, &openai}) provider->forget();
      journal.forget();
      return {204};
    }
    return http::problem(404, "NOT_FOUND", "see the simulator's README for what it understands");
  }

  http::Response sent(const Form& query, const Connection& connection) {
    const auto after = number_or(field(query, "after"), 0, 0);
    const auto provider = field(query, "provider");
    const auto wait = std::min(number_or(field(query, "wait"), 0, 0), kLongestWait);
    connection.wait(std::chrono::milliseconds(wait),
                    [&] { return journal.last(provider) > after || connection.gone(); });
    return http::text_response(200, "application/json", journal.after(after, provider));
  }

  Twilio twilio;
  Chatwoot chatwoot;
  OpenAi openai;
  Behaviours behaviours;
  Journal journal;
  HttpServer server;
};

Simulator::Simulator(int port) : impl_(std::make_unique<Impl>(port)) {}

Simulator::~Simulator() = default;

int Simulator::port() const { return impl_->server.port(); }

}  // namespace centralita::simulator
