#include "services/agent-orchestrator/agents/check.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/text/fold.h"
#include "services/agent-orchestrator/limits.h"
#include "services/agent-orchestrator/turns/reply.h"
#include "services/agent-orchestrator/turns/routing.h"

namespace centralita::agents {
namespace {

constexpr int kMostKeywords = 50;
constexpr int kMostHours = 20;

/// Without blanks, control characters and what is not ASCII: fit for a URL or a header.
bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

bool is_base_url(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!url.starts_with(scheme)) continue;
    const auto rest = url.substr(scheme.size());
    const auto authority = rest.substr(0, rest.find('/'));
    return !authority.empty() && authority.find('@') == std::string_view::npos &&
           rest.find_first_of("?#\\") == std::string_view::npos && is_visible_ascii(rest);
  }
  return false;
}

void check_model(const v1::Model& model, bool needed) {
  require(!needed || !model.base_url().empty(), "agent.model.baseUrl", "is needed where a model answers");
  require(!needed || !model.model().empty(), "agent.model.model", "is needed where a model answers");
  require(model.base_url().empty() || is_base_url(model.base_url()), "agent.model.baseUrl",
          "must be an http or https URL without user, query and fragment");
  require_text(model.base_url(), "agent.model.baseUrl", 0, 500);
  require_text(model.model(), "agent.model.model", 0, 200);
  require_text(model.api_key(), "agent.model.apiKey", 0, 1'000);
  require(is_visible_ascii(model.api_key()), "agent.model.apiKey", "must be ASCII without blanks");
  require(!model.has_temperature() || (model.temperature() >= 0 && model.temperature() <= 2), "agent.model.temperature",
          "must be between 0 and 2");
  require(model.max_tokens() >= 0 && model.max_tokens() <= 32'768, "agent.model.maxTokens",
          "must be between 0 and 32,768");
  require(model.timeout_ms() >= 0 && model.timeout_ms() <= 60'000, "agent.model.timeoutMs",
          "must be between 0 and 60,000");
}

void check_hours(const v1::ActiveHours& hours) {
  require(minute_of(hours.from()) >= 0, "agent.activeHours.from", "must be HH:MM");
  require(minute_of(hours.to()) >= 0, "agent.activeHours.to", "must be HH:MM");
  require(hours.days_size() > 0 && hours.days_size() <= 7, "agent.activeHours.days", "must name one to seven days");
  for (const int day : hours.days())
    require(day >= 1 && day <= 7, "agent.activeHours.days", "must be 1 (Monday) to 7 (Sunday)");
}

}  // namespace

void check(const v1::Agent& agent) {
  require_text(agent.name(), "agent.name", 1, 100);
  require_text(agent.description(), "agent.description", 0, 1'000);
  require(agent.responder() == v1::Agent::BUILT_IN || agent.responder() == v1::Agent::MODEL, "agent.responder",
          "must be BUILT_IN or MODEL");
  check_model(agent.model(), agent.responder() == v1::Agent::MODEL);
  require_text(agent.prompt(), "agent.prompt", 0, 20'000);
  require(agent.trigger_keywords_size() <= kMostKeywords, "agent.triggerKeywords", "must be at most 50");
  for (const auto& keyword : agent.trigger_keywords()) {
    require_text(keyword, "agent.triggerKeywords", 1, 100);
    require(!text::fold(keyword).empty(), "agent.triggerKeywords", "must have letters or digits");
  }
  require(agent.active_hours_size() <= kMostHours, "agent.activeHours", "must be at most 20");
  for (const auto& hours : agent.active_hours()) check_hours(hours);
  require_text(agent.greeting(), "agent.greeting", 0, kLongestReply);
  require_text(agent.fallback(), "agent.fallback", 0, kLongestReply);
  require_text(agent.handover_message(), "agent.handoverMessage", 0, kLongestReply);
  require(agent.debounce_ms() >= 0 && agent.debounce_ms() <= 60'000, "agent.debounceMs",
          "must be between 0 and 60,000");
}

}  // namespace centralita::agents
