#include "tests/support/simulator/behaviour.h"

#include "libs/base/error.h"

namespace centralita::simulator {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kSlow{2'000};

const std::map<std::string, Mode>& modes() {
  static const std::map<std::string, Mode> kModes{
      {"ok", Mode::kOk},
      {"slow", Mode::kSlow},
      {"status", Mode::kStatus},
      {"garbage", Mode::kGarbage},
      {"hang_up_after_accepting", Mode::kHangUpAfterAccepting},
      {"hang_up_before_accepting", Mode::kHangUpBeforeAccepting},
      {"hang_up", Mode::kHangUpBeforeAccepting},
      {"hang", Mode::kHang},
      {"no_callbacks", Mode::kNoCallbacks},
      {"ramble", Mode::kRamble},
      {"empty", Mode::kEmpty},
      {"refusal", Mode::kRefusal},
  };
  return kModes;
}

bool only_of_models(Mode mode) { return mode == Mode::kRamble || mode == Mode::kEmpty || mode == Mode::kRefusal; }

std::optional<int> number(const json& description, const char* name, int least, int most) {
  const auto found = description.find(name);
  if (found == description.end()) return std::nullopt;
  require(found->is_number_integer() && *found >= least && *found <= most, name,
          "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return found->get<int>();
}

std::optional<std::string> text(const json& description, const char* name) {
  const auto found = description.find(name);
  if (found == description.end()) return std::nullopt;
  require(found->is_string(), name, "a string");
  return found->get<std::string>();
}

Behaviour read(const json& description, const std::string& provider) {
  Behaviour behaviour;
  behaviour.reply = text(description, "reply");
  const auto mode = text(description, "mode");
  require(mode || behaviour.reply, "mode", "a mode, or a reply");
  if (mode) {
    const auto found = modes().find(*mode);
    require(found != modes().end(), "mode", "one of the modes of the simulator's README");
    behaviour.mode = found->second;
  }
  require(provider == "openai" || (!only_of_models(behaviour.mode) && !behaviour.reply), "mode",
          "only openai can do that");
  require(provider == "twilio" || behaviour.mode != Mode::kNoCallbacks, "mode", "only twilio can do that");
  behaviour.status = number(description, "status", 200, 599).value_or(behaviour.mode == Mode::kGarbage ? 200 : 500);
  behaviour.code = description.value("code", json());
  behaviour.retry_after = number(description, "retryAfter", 0, 86'400);
  behaviour.delay = std::chrono::milliseconds(
      number(description, "delayMs", 0, 3'600'000).value_or(behaviour.mode == Mode::kSlow ? kSlow.count() : 0));
  behaviour.path = text(description, "path").value_or("");
  return behaviour;
}

}  // namespace

void Behaviours::set(const json& description) {
  require(description.is_object(), "body", "a JSON object");
  const auto provider = text(description, "provider").value_or("");
  require(provider == "twilio" || provider == "chatwoot" || provider == "openai", "provider",
          "twilio, chatwoot or openai");
  Entry entry{description, read(description, provider), number(description, "count", 1, 1'000'000'000)};
  const std::lock_guard lock(mutex_);
  entry.version = ++versions_;
  entries_[provider] = std::move(entry);
}

void Behaviours::clear() {
  const std::lock_guard lock(mutex_);
  cleared_ = ++versions_;
  entries_.clear();
}

json Behaviours::list() const {
  const std::lock_guard lock(mutex_);
  auto all = json::array();
  for (const auto& [provider, entry] : entries_) {
    if (entry.left == 0) continue;
    all.push_back(entry.description);
    if (entry.left) all.back()["count"] = *entry.left;
  }
  return all;
}

Behaviour Behaviours::take(std::string_view provider, std::string_view path, bool creates) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(provider);
  if (found == entries_.end()) return {};
  const auto& behaviour = found->second.behaviour;
  auto& left = found->second.left;
  const bool concerned = behaviour.path.empty() ? creates : path.find(behaviour.path) != std::string_view::npos;
  if (!concerned || left == 0) return {};
  if (left) --*left;
  return behaviour;
}

int Behaviours::version(std::string_view provider) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(provider);
  return found == entries_.end() ? cleared_ : found->second.version;
}

}  // namespace centralita::simulator
