#include "libs/bus/event.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "centralita/conversations/v1/events.pb.h"
#include "centralita/messaging/v1/events.pb.h"
#include "libs/base/error.h"
#include "libs/base/id.h"

namespace centralita::bus {
namespace {

const std::string kTenant = "0190a0b0-0000-7000-8000-000000000001";

TEST_CASE("topic and key of an event come from its proto") {
  conversations::v1::MessageReceived nested;
  nested.mutable_message()->set_customer_id("customer-1");
  messaging::v1::InboundReceived joined;
  joined.set_channel_id("channel-1");
  joined.set_sender("+34600000001");
  const auto caller = Caller::service("conversations", kTenant, Trace::start());

  const auto received = make_event(nested, caller);
  CHECK(received.topic == "conversations.message.v1");
  CHECK(received.key == "customer-1");
  CHECK(received.type == "centralita.conversations.v1.MessageReceived");
  CHECK(received.source == "conversations");
  CHECK(received.tenant_id == kTenant);
  CHECK(received.traceparent == caller.trace.header());
  CHECK(is_id(received.id));
  CHECK(parse<conversations::v1::MessageReceived>(received).message().customer_id() == "customer-1");
  CHECK(make_event(joined, caller).key == "channel-1/+34600000001");
  CHECK(make_event(joined, caller, received.id).id == received.id);
}

TEST_CASE("a message without a topic is no event") {
  CHECK_THROWS_AS(make_event(conversations::v1::Message{}, Caller{}), Error);
  CHECK(topic_of(*conversations::v1::Message::descriptor()).empty());
}

TEST_CASE("the catalogue names every topic once") {
  const auto topics = declared_topics();
  CHECK(std::is_sorted(topics.begin(), topics.end()));
  CHECK(std::adjacent_find(topics.begin(), topics.end()) == topics.end());
  for (const auto* topic : {"conversations.message.v1", "messaging.inbound.v1", "messaging.delivery.v1"})
    CHECK(std::count(topics.begin(), topics.end(), topic) == 1);
}

TEST_CASE("bytes that are no such message are a poison event") {
  Event event;
  event.data = "\xff\xff\xff";
  CHECK_THROWS_AS(parse<conversations::v1::MessageReceived>(event), Error);
}

TEST_CASE("keys are hashed as Kafka's clients do") {
  // The vectors of Kafka's own UtilsTest.testMurmur2, made positive.
  const std::vector<std::pair<std::string, int32_t>> vectors = {
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107},
  };
  for (const auto& [key, murmur2] : vectors) {
    CAPTURE(key);
    CHECK(hash_of(key) == (murmur2 & 0x7fffffff));
    CHECK(partition_of(key, 16) == (murmur2 & 0x7fffffff) % 16);
  }
}

TEST_CASE("a handler acts as its service, for the event's tenant, in the trace that it runs in") {
  Event event;
  event.tenant_id = kTenant;
  event.traceparent = Trace::start().header();
  const auto outside = caller_of(event, "conversations");
  CHECK(outside.subject == "service:conversations");
  CHECK(outside.tenant_id == kTenant);
  CHECK(outside.trace.trace_id == Trace::parse(event.traceparent).trace_id);

  const TraceScope scope(Trace::parse(event.traceparent).next());
  CHECK(caller_of(event, "conversations").trace.span_id == TraceScope::current().span_id);
}

}  // namespace
}  // namespace centralita::bus
