#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/caller.h"
#include "libs/base/clock.h"

namespace google::protobuf {
class Message;
class Descriptor;
}  // namespace google::protobuf

namespace centralita::bus {

/// A fact on the bus: CloudEvents 1.0 attributes, topic and key from the proto's options, the proto as data.
struct Event {
  std::string id;      ///< UUIDv7; the same fact published twice carries the same id.
  std::string type;    ///< The proto message's full name.
  std::string source;  ///< The domain whose fact it is: "conversations".
  Time time;
  std::string tenant_id;
  std::string traceparent;
  std::string topic;
  std::string key;   ///< Any bytes. Events of one key are handled in order.
  std::string data;  ///< The serialised message.
};

/// Wraps a message whose proto declares a topic; INTERNAL when it declares none. Each call is another event, unless
/// `id` is given. An event whose proto declares no key is in order with no other: its id is its key.
Event make_event(const google::protobuf::Message& message, const Caller& caller, std::string id = {});

/// The topic that this kind of message declares; empty when it is no event.
std::string topic_of(const google::protobuf::Descriptor& descriptor);
/// Every topic that the catalogue declares, in alphabetical order.
std::vector<std::string> declared_topics();

/// The hash of a key, never negative: murmur2 as Kafka's clients compute it, so that both engines agree.
int32_t hash_of(std::string_view key);
/// Where a key lies in its topic: always the same partition of `partitions`, as Kafka's default partitioner has it.
int partition_of(std::string_view key, int partitions);

/// The data as M. Throws INVALID_ARGUMENT when the bytes do not parse: a poison event.
template <class M>
M parse(const Event& event);

/// Who acts when `service` handles the event: the service, for the event's tenant, in the event's trace.
Caller caller_of(const Event& event, std::string_view service);

[[noreturn]] void fail_parse(const Event& event);

template <class M>
M parse(const Event& event) {
  M message;
  if (!message.ParseFromString(event.data)) fail_parse(event);
  return message;
}

}  // namespace centralita::bus
