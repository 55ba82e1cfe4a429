#include "services/agent-orchestrator/turns/sse.h"

#include <catch2/catch.hpp>

using centralita::agents::parse_sse;

namespace {

/// "name|data" for each event.
std::vector<std::string> events_of(std::string_view stream) {
  std::vector<std::string> events;
  for (const auto& event : parse_sse(stream)) events.push_back(event.name + "|" + event.data);
  return events;
}

using Events = std::vector<std::string>;

}  // namespace

TEST_CASE("events of a stream are told apart, whatever ends its lines") {
  CHECK(events_of("event: paso\ndata: {\"a\":1}\n\ndata: dos\n\n") == Events{"paso|{\"a\":1}", "|dos"});
  CHECK(events_of("data:uno\r\n\r\ndata: dos\r\n\r\n") == Events{"|uno", "|dos"});
  CHECK(events_of("data:uno\r\rdata:dos\r\r") == Events{"|uno", "|dos"});
  CHECK(events_of("\xEF\xBB\xBF"
                  "data: uno\n\n") == Events{"|uno"});
}

TEST_CASE("data lines of one event are joined with line ends") {
  CHECK(events_of("data: {\ndata: \"a\":\ndata: \ndata:\ndata: 1}\n\n\n") == Events{"|{\n\"a\":\n\n\n1}"});
  CHECK(events_of("data:  con blanco\n\n") == Events{"| con blanco"});
}

TEST_CASE("U+2028 ends no line") { CHECK(events_of("data: a\u2028b\n\n") == Events{"|a\u2028b"}); }

TEST_CASE("comments, events without data, and what is unfinished are left out") {
  CHECK(events_of(": vivo\n\nevent: vacio\n\nid: 7\nretry: 10\ndata: uno\n\ndata: cortado\n") == Events{"|uno"});
  CHECK(events_of("").empty());
  CHECK(events_of("data: cortado").empty());
}
