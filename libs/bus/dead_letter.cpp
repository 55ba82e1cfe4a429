#include "libs/bus/dead_letter.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <map>

#include "centralita/bus/v1/events.pb.h"
#include "libs/base/id.h"

namespace centralita::bus {
namespace {

using google::protobuf::util::TimeUtil;

constexpr auto kSource = "bus";

v1::Event to_proto(const Event& event) {
  v1::Event proto;
  proto.set_id(event.id);
  proto.set_type(event.type);
  proto.set_source(event.source);
  *proto.mutable_time() = TimeUtil::MicrosecondsToTimestamp(event.time.time_since_epoch().count());
  proto.set_tenant_id(event.tenant_id);
  proto.set_traceparent(event.traceparent);
  proto.set_topic(event.topic);
  proto.set_key(event.key);
  proto.set_data(event.data);
  return proto;
}

Event from_proto(const v1::Event& proto) {
  const Time time{std::chrono::microseconds{TimeUtil::TimestampToMicroseconds(proto.time())}};
  return {proto.id(),          proto.type(),  proto.source(), time,        proto.tenant_id(),
          proto.traceparent(), proto.topic(), proto.key(),    proto.data()};
}

Event wrap(const google::protobuf::Message& message, const Event& about, std::string letter_id) {
  return {new_id(),
          message.GetTypeName(),
          kSource,
          SystemClock{}.now(),
          about.tenant_id,
          about.traceparent,
          about.topic + ".dlq",
          std::move(letter_id),
          message.SerializeAsString()};
}

}  // namespace

Event bury_event(const Event& event, const std::string& group, const std::string& reason) {
  v1::DeadLetter letter;
  letter.set_group(group);
  letter.set_reason(reason);
  *letter.mutable_event() = to_proto(event);
  return wrap(letter, event, id_of("dead letter/" + group + "/" + event.id));
}

Event replayed_event(const DeadLetter& letter) {
  v1::DeadLetterReplayed replayed;
  replayed.set_dead_letter_id(letter.id);
  return wrap(replayed, letter.event, letter.id);
}

std::vector<DeadLetter> fold_dead_letters(const std::vector<Event>& events) {
  std::map<std::string, DeadLetter> letters;
  for (const auto& said : events) {
    if (said.type == v1::DeadLetterReplayed::descriptor()->full_name()) {
      if (const auto found = letters.find(said.key); found != letters.end()) found->second.replayed = true;
    } else {
      const auto letter = parse<v1::DeadLetter>(said);
      letters[said.key] = {said.key, letter.group(), letter.reason(), said.time, false, from_proto(letter.event())};
    }
  }
  std::vector<DeadLetter> sorted;
  for (auto& [id, letter] : letters) sorted.push_back(std::move(letter));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const DeadLetter& a, const DeadLetter& b) { return a.died_at < b.died_at; });
  return sorted;
}

}  // namespace centralita::bus
