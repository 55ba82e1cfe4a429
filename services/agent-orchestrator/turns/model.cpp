#include "services/agent-orchestrator/turns/model.h"

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "libs/base/backoff.h"
#include "libs/base/metrics.h"

namespace centralita::agents {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Kind = ModelFailure::Kind;

constexpr int kMostRetries = 2;
constexpr milliseconds kLongestWait{10'000};
constexpr Backoff kBackoff{.first = milliseconds{500}, .most = milliseconds{8'000}};
constexpr int kDefaultTokens = 500;
constexpr milliseconds kDefaultTimeout{30'000};
constexpr size_t kMostDialects = 1'000;
constexpr size_t kLargestAnswer = 1 << 20;

milliseconds time_left(ModelClient::Deadline deadline) {
  return std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
}

std::string key_of(const v1::Model& model) { return model.base_url() + " " + model.model(); }

std::string outcome_of(const ModelResult& result) {
  const auto* failure = std::get_if<ModelFailure>(&result);
  if (!failure) return "completed";
  switch (failure->kind) {
    case Kind::kTransient:
      return "transient";
    case Kind::kTooLong:
      return "too_long";
    case Kind::kUnsupported:
      return "unsupported";
    case Kind::kPermanent:
      return "permanent";
  }
  return "permanent";
}

/// Tenants choose the names of models: beyond the first hundred they share one label.
std::string label_of(const std::string& model) {
  static std::mutex mutex;
  static std::set<std::string> known;
  const std::lock_guard lock(mutex);
  if (!known.contains(model) && known.size() >= 100) return "other";
  known.insert(model);
  return model;
}

void measure(const v1::Model& model, const ModelResult& result, steady_clock::duration took) {
  const auto label = label_of(model.model());
  metrics::histogram("centralita_model_request_seconds", "Requests to language models.",
                     {{"model", label}, {"outcome", outcome_of(result)}})
      .observe(std::chrono::duration<double>(took).count());
  const auto* completion = std::get_if<Completion>(&result);
  if (!completion) return;
  const auto count = [&](const char* kind, int tokens) {
    metrics::counter("centralita_model_tokens_total", "Tokens that language models read and wrote.",
                     {{"model", label}, {"kind", kind}})
        .add(tokens);
  };
  count("prompt", completion->prompt_tokens);
  count("completion", completion->completion_tokens);
}

}  // namespace

ModelClient::ModelClient(http::Client& http, const Clock& clock) : http_(http), clock_(clock) {}

bool ModelClient::Dialect::avoid(const std::string& parameter) {
  if (parameter == "max_tokens" && !max_completion_tokens) return max_completion_tokens = true;
  if (parameter == "temperature" && temperature) return !(temperature = false);
  return false;
}

ModelResult ModelClient::ask(const v1::Model& model, Prompt prompt, Deadline deadline) {
  auto dialect = dialect_of(model);
  bool shortened = false;
  for (int retries = 0;;) {
    const auto begun = steady_clock::now();
    auto result = read_completion(http_.send(make_request(model, prompt, dialect, deadline)), clock_.now());
    measure(model, result, steady_clock::now() - begun);
    const auto* failure = std::get_if<ModelFailure>(&result);
    if (!failure || failure->kind == Kind::kPermanent || time_left(deadline) <= milliseconds{0}) return result;
    if (failure->kind == Kind::kUnsupported) {
      if (!dialect.avoid(failure->parameter)) return result;
      remember(model, dialect);
    } else if (failure->kind == Kind::kTooLong) {
      if (shortened || !prompt.shorten()) return result;
      shortened = true;
    } else {
      if (++retries > kMostRetries) return result;
      const auto wait = failure->retry_after.value_or(kBackoff.wait(retries));
      if (wait > kLongestWait || wait >= time_left(deadline)) return result;
      std::this_thread::sleep_for(wait);
    }
  }
}

http::ClientRequest ModelClient::make_request(const v1::Model& model, const Prompt& prompt, const Dialect& dialect,
                                              Deadline deadline) const {
  auto messages = nlohmann::json::array({{{"role", "system"}, {"content", prompt.system}}});
  for (const auto& line : prompt.lines)
    messages.push_back({{"role", line.speaker == Speaker::kCustomer ? "user" : "assistant"}, {"content", line.text}});
  nlohmann::json body = {{"model", model.model()}, {"messages", std::move(messages)}, {"stream", false}};
  body[dialect.max_completion_tokens ? "max_completion_tokens" : "max_tokens"] =
      model.max_tokens() > 0 ? model.max_tokens() : kDefaultTokens;
  if (model.has_temperature() && dialect.temperature) body["temperature"] = model.temperature();

  http::ClientRequest request;
  request.method = "POST";
  request.url = model.base_url() + "/chat/completions";
  request.headers["content-type"] = "application/json";
  if (!model.api_key().empty()) request.headers["authorization"] = "Bearer " + model.api_key();
  request.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto timeout = model.timeout_ms() > 0 ? milliseconds{model.timeout_ms()} : kDefaultTimeout;
  request.timeout = std::max(milliseconds{1}, std::min(timeout, time_left(deadline)));
  request.connect_timeout = std::min(request.connect_timeout, request.timeout);
  request.max_response = kLargestAnswer;
  return request;
}

ModelClient::Dialect ModelClient::dialect_of(const v1::Model& model) {
  const std::lock_guard lock(mutex_);
  const auto found = dialects_.find(key_of(model));
  return found == dialects_.end() ? Dialect{} : found->second;
}

void ModelClient::remember(const v1::Model& model, Dialect dialect) {
  const std::lock_guard lock(mutex_);
  if (dialects_.size() >= kMostDialects) dialects_.clear();
  dialects_[key_of(model)] = dialect;
}

}  // namespace centralita::agents
