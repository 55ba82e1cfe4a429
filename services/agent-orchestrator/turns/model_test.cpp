#include "services/agent-orchestrator/turns/model.h"

#include <catch2/catch.hpp>

#include "services/agent-orchestrator/testing/model_server.h"

using namespace centralita;
using namespace centralita::agents;
using namespace std::chrono_literals;
using testing::ModelServer;

namespace {

SystemClock clock_of_tests;

Prompt make_prompt(int lines = 1) {
  Prompt prompt{"Eres Sol.", {}};
  for (int i = 0; i < lines; ++i)
    prompt.lines.push_back({i % 2 ? Speaker::kAgent : Speaker::kCustomer, "línea " + std::to_string(i)});
  return prompt;
}

ModelResult ask(const v1::Model& model, Prompt prompt = make_prompt(), std::chrono::milliseconds budget = 20s,
                bool private_addresses = true) {
  http::Client http({.allow_private_addresses = private_addresses});
  ModelClient client(http, clock_of_tests);
  return client.ask(model, std::move(prompt), std::chrono::steady_clock::now() + budget);
}

std::string text_of(const ModelResult& result) {
  const auto* completion = std::get_if<Completion>(&result);
  return completion ? completion->text : "failed: " + std::get<ModelFailure>(result).reason;
}

bool failed(const ModelResult& result) { return std::holds_alternative<ModelFailure>(result); }

}  // namespace

TEST_CASE("a model is asked as OpenAI documents it") {
  ModelServer server([](const auto&, int) { return ModelServer::say("Hola."); });
  auto model = server.model();
  model.set_temperature(0.5);
  const auto result = ask(model, make_prompt(3));
  CHECK(text_of(result) == "Hola.");
  CHECK(std::get<Completion>(result).prompt_tokens == 11);
  const auto request = server.requests().at(0);
  CHECK(request["model"] == "demo");
  CHECK(request["stream"] == false);
  CHECK(request["max_tokens"] == 500);
  CHECK(request["temperature"] == 0.5);
  REQUIRE(request["messages"].size() == 4);
  CHECK(request["messages"][0] == nlohmann::json{{"role", "system"}, {"content", "Eres Sol."}});
  CHECK(request["messages"][1]["role"] == "user");
  CHECK(request["messages"][2]["role"] == "assistant");
  CHECK(server.authorizations() == std::set<std::string>{"Bearer sk-secreta"});
}

TEST_CASE("an endpoint without a key gets none, and the temperature is its own where none is set") {
  ModelServer server([](const auto&, int) { return ModelServer::say("Hola."); });
  auto model = server.model();
  model.clear_api_key();
  model.set_max_tokens(64);
  ask(model);
  CHECK(server.authorizations() == std::set<std::string>{""});
  CHECK_FALSE(server.requests().at(0).contains("temperature"));
  CHECK(server.requests().at(0)["max_tokens"] == 64);
}

TEST_CASE("a failure that may pass is tried again, twice at most") {
  const auto status = GENERATE(408, 409, 429, 500, 503);
  ModelServer server([&](const auto&, int number) {
    return number < 3 ? ModelServer::fail(status, {{"message", "luego"}}, {{"retry-after-ms", "1"}})
                      : ModelServer::say("Ya.");
  });
  CHECK(text_of(ask(server.model())) == "Ya.");

  ModelServer broken([&](const auto&, int) {
    return ModelServer::fail(status, {{"message", "luego"}}, {{"retry-after-ms", "1"}});
  });
  CHECK(failed(ask(broken.model())));
  CHECK(broken.requests().size() == 3);
}

TEST_CASE("a failure that stays is not tried again") {
  const auto error = GENERATE(
      values<std::pair<int, nlohmann::json>>({{401, {{"code", "invalid_api_key"}}},
                                              {404, {{"type", "not_found_error"}}},
                                              {429, {{"type", "insufficient_quota"}, {"code", "insufficient_quota"}}},
                                              {400, {{"code", "unsupported_parameter"}, {"param", "messages"}}}}));
  ModelServer server([&](const auto&, int) { return ModelServer::fail(error.first, error.second); });
  CHECK(failed(ask(server.model())));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a server that wants a long wait is not waited for") {
  ModelServer server([](const auto&, int) {
    return ModelServer::fail(429, {{"message", "luego"}}, {{"retry-after", "60"}});
  });
  CHECK(failed(ask(server.model())));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a model that refuses max_tokens or the temperature is asked without, and remembered") {
  ModelServer server([](const nlohmann::json& request, int) {
    if (request.contains("max_tokens"))
      return ModelServer::fail(400, {{"code", "unsupported_parameter"}, {"param", "max_tokens"}});
    if (request.contains("temperature"))
      return ModelServer::fail(400, {{"code", "unsupported_value"}, {"param", "temperature"}});
    return ModelServer::say(std::to_string(request["max_completion_tokens"].get<int>()));
  });
  http::Client http({.allow_private_addresses = true});
  ModelClient client(http, clock_of_tests);
  auto model = server.model();
  model.set_temperature(0.7);
  CHECK(text_of(client.ask(model, make_prompt(), std::chrono::steady_clock::now() + 20s)) == "500");
  CHECK(server.requests().size() == 3);
  CHECK(text_of(client.ask(model, make_prompt(), std::chrono::steady_clock::now() + 20s)) == "500");
  CHECK(server.requests().size() == 4);
}

TEST_CASE("a conversation that is too long is shortened, once") {
  ModelServer server([](const nlohmann::json& request, int) {
    if (request["messages"].size() > 6) return ModelServer::fail(400, {{"code", "context_length_exceeded"}});
    return ModelServer::say("Cabe.");
  });
  CHECK(text_of(ask(server.model(), make_prompt(9))) == "Cabe.");
  CHECK(server.requests().back()["messages"].back()["content"] == "línea 8");
  CHECK(server.requests().back()["messages"][1]["role"] == "user");

  ModelServer tiny([](const auto&, int) { return ModelServer::fail(400, {{"code", "context_length_exceeded"}}); });
  CHECK(failed(ask(tiny.model(), make_prompt(9))));
  CHECK(tiny.requests().size() == 2);
}

TEST_CASE("a model that hangs is given up within the budget") {
  ModelServer server([](const auto&, int) { return ModelServer::say("tarde"); });
  server.hang();
  auto model = server.model();
  model.set_timeout_ms(100);
  const auto begun = std::chrono::steady_clock::now();
  CHECK(failed(ask(model, make_prompt(), 300ms)));
  CHECK(std::chrono::steady_clock::now() - begun < 5s);
}

TEST_CASE("an address inside the network is refused unless the operator allows it") {
  ModelServer server([](const auto&, int) { return ModelServer::say("Hola."); });
  const auto result = ask(server.model(), make_prompt(), 20s, /*private_addresses=*/false);
  CHECK(failed(result));
  CHECK(server.requests().empty());
}
