#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace centralita::agents {

struct SseEvent {
  std::string name;  ///< "" where none was given.
  std::string data;
};

/// The events of a text/event-stream, https://html.spec.whatwg.org/multipage/server-sent-events.html: lines end with
/// LF, CRLF or CR; comments, events without data, and an event that was not finished are left out.
std::vector<SseEvent> parse_sse(std::string_view stream);

}  // namespace centralita::agents
