#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "centralita/agents/v1/agents.pb.h"
#include "libs/http/server.h"

namespace centralita::agents::testing {

/// An OpenAI-compatible endpoint that answers what the test wants, and keeps what it was asked.
class ModelServer {
 public:
  using Answer = std::function<http::Response(const nlohmann::json& request, int number)>;

  explicit ModelServer(Answer answer) : answer_(std::move(answer)), server_({}) {
    server_.route("POST", "/v1/chat/completions", [this](http::Request request, http::Reply reply) {
      auto body = nlohmann::json::parse(request.body);
      int number = 0;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(body);
        authorizations_.emplace(request.header("authorization"));
        number = static_cast<int>(requests_.size());
        if (hanging_) {
          held_.push_back(std::move(reply));
          return;
        }
      }
      reply(answer_(body, number));
    });
    server_.start();
  }
  ~ModelServer() {
    release();
    server_.stop(std::chrono::seconds{5});
  }

  /// Requests are kept without an answer until release().
  void hang() {
    const std::lock_guard lock(mutex_);
    hanging_ = true;
  }
  void release() {
    std::vector<http::Reply> held;
    {
      const std::lock_guard lock(mutex_);
      hanging_ = false;
      held.swap(held_);
    }
    for (auto& reply : held) reply(say("Perdón por la demora."));
  }

  /// A completion with this text.
  static http::Response say(const std::string& text, const std::string& finish_reason = "stop") {
    const nlohmann::json body = {
        {"choices",
         {{{"index", 0}, {"message", {{"role", "assistant"}, {"content", text}}}, {"finish_reason", finish_reason}}}},
        {"usage", {{"prompt_tokens", 11}, {"completion_tokens", 5}}}};
    return http::text_response(200, "application/json", body.dump());
  }
  static http::Response fail(int status, const nlohmann::json& error, http::Headers headers = {}) {
    auto response = http::text_response(status, "application/json", nlohmann::json{{"error", error}}.dump());
    response.headers.merge(headers);
    return response;
  }

  std::vector<nlohmann::json> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::set<std::string> authorizations() const {
    const std::lock_guard lock(mutex_);
    return authorizations_;
  }

  v1::Model model() const {
    v1::Model model;
    model.set_base_url("http://127.0.0.1:" + std::to_string(server_.port()) + "/v1");
    model.set_model("demo");
    model.set_api_key("sk-secreta");
    model.set_timeout_ms(5'000);
    return model;
  }

 private:
  const Answer answer_;
  mutable std::mutex mutex_;
  std::vector<nlohmann::json> requests_;
  std::set<std::string> authorizations_;
  bool hanging_ = false;
  std::vector<http::Reply> held_;
  http::Server server_;
};

}  // namespace centralita::agents::testing
