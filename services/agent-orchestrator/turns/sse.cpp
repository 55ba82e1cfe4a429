#include "services/agent-orchestrator/turns/sse.h"

#include <optional>

namespace centralita::agents {
namespace {

/// Takes a line that is ended from the front.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find_first_of("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = rest.substr(0, end);
  rest.remove_prefix(rest.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  return line;
}

}  // namespace

std::vector<SseEvent> parse_sse(std::string_view stream) {
  if (stream.starts_with("\xEF\xBB\xBF")) stream.remove_prefix(3);
  std::vector<SseEvent> events;
  SseEvent event;
  bool has_data = false;
  while (const auto line = take_line(stream)) {
    if (line->empty()) {
      if (has_data) events.push_back(std::move(event));
      event = {};
      has_data = false;
      continue;
    }
    const auto field = line->substr(0, line->find(':'));
    auto value = line->substr(std::min(line->size(), field.size() + 1));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "event") event.name = value;
    if (field != "data") continue;
    if (has_data) event.data += '\n';
    event.data += value;
    has_data = true;
  }
  return events;
}

}  // namespace centralita::agents
