#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace centralita::simulator {

enum class Mode {
  kOk,
  kSlow,
  kStatus,
  kGarbage,
  kHangUpAfterAccepting,
  kHangUpBeforeAccepting,
  kHang,
  kNoCallbacks,
  kRamble,
  kEmpty,
  kRefusal,
};

/// How a provider treats the requests that it concerns: those that create something, or, with a path, whichever have
/// it in theirs.
struct Behaviour {
  Mode mode = Mode::kOk;
  int status = 0;
  nlohmann::json code;  ///< The provider's error code; null for the usual one of the status.
  std::optional<int> retry_after;
  std::chrono::milliseconds delay{0};
  std::string path;
  std::optional<std::string> reply;  ///< What a model says instead of its echo.
};

/// What the providers were told to do, at most one behaviour each. Thread-safe.
class Behaviours {
 public:
  /// INVALID_ARGUMENT when the description is not one of README.md.
  void set(const nlohmann::json& description);
  void clear();
  nlohmann::json list() const;

  /// What this request meets, counted; the ordinary behaviour when nothing concerns it.
  Behaviour take(std::string_view provider, std::string_view path, bool creates);
  /// Changes when the provider's behaviour is replaced or cleared, not when its count is used up.
  int version(std::string_view provider) const;

 private:
  struct Entry {
    nlohmann::json description;
    Behaviour behaviour;
    std::optional<int> left;
    int version = 0;
  };

  mutable std::mutex mutex_;
  int versions_ = 0;
  int cleared_ = 0;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace centralita::simulator
