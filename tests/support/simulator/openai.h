#pragma once

#include "tests/support/simulator/provider.h"

namespace centralita::simulator {

/// An OpenAI-compatible chat completions server whose models say "Eco: " and what the user said last. Stateless.
class OpenAi final : public Provider {
 public:
  std::string_view name() const override { return "openai"; }
  bool owns(std::string_view path) const override;
  bool creates(const http::Request& request) const override;
  Reply answer(const http::Request& request, const Behaviour& behaviour) override;
  http::Response error(int status, const nlohmann::json& code) const override;
  void forget() override {}
};

}  // namespace centralita::simulator
