#include "libs/bus/event.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/message.h>

#include <algorithm>

#include "centralita/options.pb.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "proto/descriptors.h"

namespace centralita::bus {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorProto;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

Error bad_catalogue(const Descriptor& descriptor, const std::string& why) {
  return {Code::kInternal, "BAD_EVENT", descriptor.full_name() + " " + why};
}

std::string scalar(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return std::to_string(reflection.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(reflection.GetInt64(message, &field));
    default:
      throw bad_catalogue(*message.GetDescriptor(), "cannot have " + field.name() + " in a key.");
  }
}

std::string value_at(const Message& message, std::string_view path) {
  const auto dot = path.find('.');
  const auto* field = message.GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
  const bool nested = dot != std::string_view::npos;
  if (!field || field->is_repeated() || nested != (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE))
    throw bad_catalogue(*message.GetDescriptor(), "has no field " + std::string(path) + " for a key.");
  if (nested) return value_at(message.GetReflection()->GetMessage(message, field), path.substr(dot + 1));
  return scalar(message, *field);
}

std::string key_of(const Message& message) {
  const auto& options = message.GetDescriptor()->options();
  std::string key;
  for (int i = 0; i < options.ExtensionSize(centralita::key); ++i) {
    if (i > 0) key += '/';
    key += value_at(message, options.GetExtension(centralita::key, i));
  }
  return key;
}

/// "conversations" of "centralita.conversations.v1".
std::string domain_of(std::string_view package) {
  const auto dot = package.find('.');
  if (dot != std::string_view::npos) package.remove_prefix(dot + 1);
  return std::string(package.substr(0, package.find('.')));
}

void collect_topics(const DescriptorProto& type, std::vector<std::string>& topics) {
  if (const auto& topic = type.options().GetExtension(centralita::topic); !topic.empty()) topics.push_back(topic);
  for (const auto& nested : type.nested_type()) collect_topics(nested, topics);
}

uint32_t murmur2(std::string_view bytes) {
  constexpr uint32_t kMultiplier = 0x5bd1e995;
  const auto length = static_cast<uint32_t>(bytes.size());
  uint32_t hash = 0x9747b28c ^ length;
  const auto byte = [&bytes](size_t at) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[at])); };
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    uint32_t word = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
    word *= kMultiplier;
    word ^= word >> 24;
    word *= kMultiplier;
    hash = hash * kMultiplier ^ word;
  }
  if (at < bytes.size()) {
    for (size_t last = bytes.size(); last-- > at;) hash ^= byte(last) << 8 * (last - at);
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return hash;
}

}  // namespace

Event make_event(const Message& message, const Caller& caller, std::string id) {
  const auto& descriptor = *message.GetDescriptor();
  Event event;
  event.topic = topic_of(descriptor);
  if (event.topic.empty()) throw bad_catalogue(descriptor, "is no event: it declares no topic.");
  event.id = id.empty() ? new_id() : std::move(id);
  event.type = descriptor.full_name();
  event.source = domain_of(descriptor.file()->package());
  event.time = SystemClock{}.now();
  event.tenant_id = caller.tenant_id;
  event.traceparent = caller.trace.header();
  event.key = key_of(message);
  if (event.key.empty()) event.key = event.id;
  event.data = message.SerializeAsString();
  return event;
}

std::string topic_of(const Descriptor& descriptor) { return descriptor.options().GetExtension(centralita::topic); }

std::vector<std::string> declared_topics() {
  google::protobuf::FileDescriptorSet files;
  const auto bytes = descriptor_set();
  if (!files.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw Error(Code::kInternal, "BAD_CATALOGUE", "The embedded descriptor set does not parse.");
  std::vector<std::string> topics;
  for (const auto& file : files.file())
    for (const auto& type : file.message_type()) collect_topics(type, topics);
  std::sort(topics.begin(), topics.end());
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  return topics;
}

int32_t hash_of(std::string_view key) { return static_cast<int32_t>(murmur2(key) & 0x7fffffff); }

int partition_of(std::string_view key, int partitions) { return hash_of(key) % partitions; }

Caller caller_of(const Event& event, std::string_view service) {
  auto trace = Trace::parse(event.traceparent);
  const auto& current = TraceScope::current();
  return Caller::service(service, event.tenant_id, current.trace_id == trace.trace_id ? current : trace.next());
}

void fail_parse(const Event& event) {
  throw Error(Code::kInvalidArgument, "POISON_EVENT", "The data of the event is no " + event.type + ".");
}

}  // namespace centralita::bus
