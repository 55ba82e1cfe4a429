#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "libs/base/caller.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/http/message.h"

namespace grpc {
class Channel;
}

namespace centralita::gateway {

/// The API key that a request carries, as "Authorization: Bearer …" or "X-Api-Key: …". UNAUTHENTICATED when it carries
/// none, or what no key looks like.
std::string api_key_of(const http::Request& request);

/// Who holds an API key, as accounts says. An answer is remembered, 10 s when somebody holds the key and 2 s when
/// nobody does: that long a revoked key goes on working. Keys are remembered by their hash. Thread-safe.
class Authenticator {
 public:
  Authenticator(std::shared_ptr<grpc::Channel> accounts, const Clock& clock, size_t most_remembered = 10'000);
  ~Authenticator();

  /// Calls `done` once, at once or from a thread of gRPC, at the latest after the timeout. The caller is in `trace`.
  using Done = std::function<void(std::variant<Caller, Error>)>;
  void authenticate(const std::string& api_key, const Trace& trace, std::chrono::milliseconds timeout, Done done);

 private:
  struct Stub;
  struct Remembered {
    std::optional<Caller> caller;
    Time until;
  };
  using Answers = std::unordered_map<std::string, Remembered>;

  std::optional<Remembered> recall(const std::string& hash);
  void remember(const std::string& hash, std::optional<Caller> caller);

  const std::unique_ptr<Stub> stub_;
  const Clock& clock_;
  const size_t most_remembered_;
  std::mutex mutex_;
  Answers known_;
  // Apart, so that guessing at keys does not push out those that are in use.
  Answers unknown_;
};

}  // namespace centralita::gateway
