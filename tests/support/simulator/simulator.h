#pragma once

#include <memory>

namespace centralita::simulator {

/// The far side of the providers, in memory, on 127.0.0.1: Twilio, Chatwoot and OpenAI-compatible models, each at the
/// paths of its own API. README.md says how to ask what it received and how to make it misbehave.
class Simulator {
 public:
  /// Listens when this returns; port 0 takes a free one. UNAVAILABLE when the port cannot be had.
  explicit Simulator(int port = 0);
  /// Breaks off what is under way.
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  int port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace centralita::simulator
