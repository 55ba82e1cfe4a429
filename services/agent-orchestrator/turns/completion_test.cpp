#include "services/agent-orchestrator/turns/completion.h"

#include <catch2/catch.hpp>

using namespace centralita;
using namespace centralita::agents;
using Kind = ModelFailure::Kind;

namespace {

http::ClientResponse answer(int status, std::string body, http::Headers headers = {}) {
  return {http::Outcome::kAnswered, status, std::move(headers), std::move(body), ""};
}

const Time kNow = *parse_time("2026-03-02T10:00:00Z");

Completion completion_of(const http::ClientResponse& response) {
  auto result = read_completion(response, kNow);
  REQUIRE(std::holds_alternative<Completion>(result));
  return std::get<Completion>(result);
}

ModelFailure failure_of(const http::ClientResponse& response) {
  auto result = read_completion(response, kNow);
  REQUIRE(std::holds_alternative<ModelFailure>(result));
  return std::get<ModelFailure>(result);
}

std::string choice(const std::string& message, const std::string& finish_reason = "stop") {
  return R"({"object":"chat.completion","model":"m","choices":[{"index":0,"message":)" + message +
         R"(,"finish_reason":")" + finish_reason +
         R"("}],"usage":{"prompt_tokens":21,"completion_tokens":7,"total_tokens":28}})";
}

}  // namespace

TEST_CASE("a completion is read in each server's shape") {
  struct Row {
    const char* from;
    std::string message;
  };
  const auto row = GENERATE(
      Row{"OpenAI", R"({"role":"assistant","content":"Abrimos a las 9.","refusal":null,"annotations":[]})"},
      Row{"Ollama", R"({"role":"assistant","content":"Abrimos a las 9.","reasoning":"Piden el horario."})"},
      Row{"llama.cpp", R"({"role":"assistant","reasoning_content":"Piden el horario.","content":"Abrimos a las 9."})"},
      Row{"vLLM", R"({"role":"assistant","content":"Abrimos a las 9.","tool_calls":[]})"},
      Row{"parts",
          R"({"role":"assistant","content":[{"type":"text","text":"Abrimos "},{"type":"text","text":"a las 9."}]})"});
  INFO(row.from);
  const auto completion = completion_of(answer(200, choice(row.message)));
  CHECK(completion.text == "Abrimos a las 9.");
  CHECK(completion.ending == Ending::kComplete);
  CHECK(completion.prompt_tokens == 21);
  CHECK(completion.completion_tokens == 7);
}

TEST_CASE("a completion that reached its limit is known as cut short") {
  CHECK(completion_of(answer(200, choice(R"({"content":"Abrimos a"})", "length"))).ending == Ending::kCutShort);
}

TEST_CASE("a completion without usage or finish reason is read all the same") {
  const auto completion = completion_of(answer(200, R"({"choices":[{"message":{"content":"Hola."}}]})"));
  CHECK(completion.text == "Hola.");
  CHECK(completion.prompt_tokens == 0);
}

TEST_CASE("a stream that nobody asked for is read") {
  const std::string stream =
      ": vivo\n\n"
      "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n"
      "data: "
      "{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"Piden el horario.\"}}]}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Abrimos \"}}],\"obfuscation\":\"x\"}\n\n"
      "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"Otra.\"}}]}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a las "
      "9.\"},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}\n\n"
      "data: [DONE]\n\n";
  const auto completion = completion_of(answer(200, stream, {{"content-type", "text/event-stream; charset=utf-8"}}));
  CHECK(completion.text == "Abrimos a las 9.");
  CHECK(completion.completion_tokens == 3);
  CHECK(completion_of(answer(200, stream)).text == "Abrimos a las 9.");
}

TEST_CASE("a stream that breaks off, or tells an error, is a failure that may pass") {
  const std::string begun = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Abri\"}}]}\n\n";
  CHECK(failure_of(answer(200, begun)).kind == Kind::kTransient);
  CHECK(
      failure_of(answer(200, begun + "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\"}}\n\n")).kind ==
      Kind::kTransient);
  CHECK(failure_of(answer(200, begun + "data: {roto\n\n")).kind == Kind::kTransient);
}

TEST_CASE("an answer without anything to say is a failure") {
  CHECK(failure_of(answer(200, choice(R"({"content":null,"refusal":"No puedo."})"))).kind == Kind::kPermanent);
  CHECK(failure_of(answer(200, choice(R"({"content":"Malo."})", "content_filter"))).kind == Kind::kPermanent);
  CHECK(failure_of(answer(200, choice(R"({"content":""})"))).kind == Kind::kPermanent);
  CHECK(failure_of(answer(200, choice(R"({"content":null,"tool_calls":[{"id":"c1"}]})", "tool_calls"))).kind ==
        Kind::kPermanent);
}

TEST_CASE("an answer that is no completion is a failure that may pass") {
  for (const auto* body : {"", "<html><body>Bienvenido</body></html>", "[]", "null", "\"hola\"", "{\"choices\":{}}",
                           "{\"choices\":[]}", "{\"choices\":"}) {
    INFO(body);
    CHECK(failure_of(answer(200, body)).kind == Kind::kTransient);
  }
  CHECK(failure_of(answer(200, R"({"choices":[7]})")).kind == Kind::kPermanent);
}

TEST_CASE("an error is understood in each server's shape") {
  struct Row {
    const char* what;
    int status;
    std::string body;
    Kind kind;
  };
  const auto row = GENERATE(values<Row>({
      {"OpenAI, too long", 400,
       R"({"error":{"message":"x","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})",
       Kind::kTooLong},
      {"llama.cpp, too long", 400,
       R"({"error":{"code":400,"message":"x","type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}})",
       Kind::kTooLong},
      {"vLLM, too long", 400,
       R"({"object":"error","message":"This model's maximum context length is 8 tokens.","type":"BadRequestError","code":400})",
       Kind::kTooLong},
      {"too large for the rate", 429,
       R"({"error":{"message":"Request too large for m on tokens per min","type":"tokens","code":"rate_limit_exceeded"}})",
       Kind::kTooLong},
      {"proxy, too large", 413, "<html>413</html>", Kind::kTooLong},
      {"unsupported", 400,
       R"({"error":{"message":"x","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}})",
       Kind::kUnsupported},
      {"unsupported value", 400, R"({"error":{"message":"x","param":"temperature","code":"unsupported_value"}})",
       Kind::kUnsupported},
      {"bad request", 400, R"({"error":{"message":"x","type":"invalid_request_error","param":null,"code":null}})",
       Kind::kPermanent},
      {"bad key", 401, R"({"error":{"message":"x","code":"invalid_api_key"}})", Kind::kPermanent},
      {"llama.cpp, bad key", 401, R"({"error":{"code":401,"message":"x","type":"authentication_error"}})",
       Kind::kPermanent},
      {"Ollama, no such model", 404, R"({"error":{"message":"x","type":"not_found_error","param":null,"code":null}})",
       Kind::kPermanent},
      {"rate", 429, R"({"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}})",
       Kind::kTransient},
      {"not paid", 429, R"({"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}})",
       Kind::kPermanent},
      {"no credit", 429, R"({"error":{"message":"x","type":"billing","code":"credit_balance_exhausted"}})",
       Kind::kPermanent},
      {"timeout", 408, "", Kind::kTransient},
      {"conflict", 409, "", Kind::kTransient},
      {"broken", 500, R"({"error":"boom"})", Kind::kTransient},
      {"proxy, away", 502, "<html>Bad gateway</html>", Kind::kTransient},
      {"overloaded", 529, "", Kind::kTransient},
      {"moved", 302, "", Kind::kPermanent},
  }));
  INFO(row.what);
  CHECK(failure_of(answer(row.status, row.body)).kind == row.kind);
}

TEST_CASE("a refused parameter is named") {
  CHECK(failure_of(answer(400, R"({"error":{"param":"max_tokens","code":"unsupported_parameter"}})")).parameter ==
        "max_tokens");
}

TEST_CASE("the server's own wish about trying again wins, and its wait is kept") {
  CHECK(failure_of(answer(500, "", {{"x-should-retry", "false"}})).kind == Kind::kPermanent);
  CHECK(failure_of(answer(400, "", {{"x-should-retry", "true"}})).kind == Kind::kTransient);
  using std::chrono::milliseconds;
  CHECK(failure_of(answer(429, "", {{"retry-after-ms", "84"}})).retry_after == milliseconds{84});
  CHECK(failure_of(answer(429, "", {{"retry-after", "2"}})).retry_after == milliseconds{2'000});
  CHECK(failure_of(answer(429, "", {{"retry-after-ms", "pronto"}})).retry_after == std::nullopt);
  CHECK(failure_of(answer(429, "")).retry_after == std::nullopt);
}

TEST_CASE("a request without an answer may be repeated, unless the guard forbids the address") {
  CHECK(failure_of({http::Outcome::kNotSent}).kind == Kind::kTransient);
  CHECK(failure_of({http::Outcome::kUnknown}).kind == Kind::kTransient);
  CHECK(failure_of({http::Outcome::kRefused}).kind == Kind::kPermanent);
}

TEST_CASE("why a model failed is told without what the server wrote") {
  const auto failure = failure_of(answer(401, R"({"error":{"message":"Incorrect API key provided: sk-secreta"}})"));
  CHECK(failure.reason.find("sk-") == std::string::npos);
  CHECK_FALSE(failure.reason.empty());
}
