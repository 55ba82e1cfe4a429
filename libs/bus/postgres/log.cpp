#include "libs/bus/postgres/log.h"

#include "bus_sql.h"

namespace centralita::bus {

void append(pg::Tx& tx, const std::vector<Event>& events, int partitions) {
  if (events.empty()) return;
  std::vector<int64_t> hashes;
  for (const auto& event : events) hashes.push_back(hash_of(event.key));
  const auto column = [&events](auto value) {
    std::vector<std::string> values;
    values.reserve(events.size());
    for (const auto& event : events) values.push_back(value(event));
    return values;
  };
  const auto texts = [&column](std::string Event::*member) {
    return pg::Param::array(column([member](const Event& event) { return event.*member; }));
  };
  const auto bytes = [&column](std::string Event::*member) {
    return pg::Param::byte_array(column([member](const Event& event) { return event.*member; }));
  };
  const auto times = pg::Param::array(column([](const Event& event) { return format_time(event.time); }));
  tx.all(sql::append, {pg::Param(partitions), texts(&Event::topic), pg::Param::array(hashes), texts(&Event::id),
                       texts(&Event::type), texts(&Event::source), times, texts(&Event::tenant_id),
                       texts(&Event::traceparent), bytes(&Event::key), bytes(&Event::data)});
}

Event event_of(const pg::Row& row, std::string topic) {
  return {row.text("event_id"),    row.text("type"), row.text("source"), row.time("said_at"), row.text("tenant_id"),
          row.text("traceparent"), std::move(topic), row.bytes("key"),   row.bytes("data")};
}

std::set<std::string> words_of(const std::vector<Event>& events) {
  std::set<std::string> words;
  for (const auto& event : events) words.insert("topic:" + event.topic);
  return words;
}

}  // namespace centralita::bus
