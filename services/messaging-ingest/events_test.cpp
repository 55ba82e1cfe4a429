#include "services/messaging-ingest/events.h"

#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "libs/base/id.h"

using namespace centralita;
namespace v1 = messaging::v1;

namespace {

http::Request form(const std::string& body, const std::string& query = "") {
  http::Request request;
  request.method = "POST";
  request.query = query;
  request.headers["Content-Type"] = "application/x-www-form-urlencoded";
  request.body = body;
  return request;
}

channels::Channel twilio_channel() {
  channels::Channel channel;
  channel.id = new_id();
  channel.tenant_id = new_id();
  channel.kind = "twilio";
  channel.settings = {{"accountSid", "AC1"}, {"address", "whatsapp:+573001112233"}};
  return channel;
}

std::vector<bus::Event> read(const http::Request& request, const channels::Channel& channel) {
  return ingest::read(*channels::find_adapter("twilio"), channel, ingest::raw_of(request), request, SystemClock{}.now(),
                      Caller::service("messaging-ingest", channel.tenant_id, Trace::start()));
}

const std::string kMessage = "MessageSid=SM1&From=whatsapp%3A%2B573005556677&To=whatsapp%3A%2B573001112233&Body=Hola";
const std::string kStatus = "MessageSid=SM1&MessageStatus=";

}  // namespace

TEST_CASE("a webhook that comes again says the same fact; another message, status or channel says another") {
  const auto channel = twilio_channel();
  const auto id = [&](const std::string& body) { return read(form(body), channel).at(0).id; };
  CHECK(id(kMessage) == id(kMessage + "&NumSegments=1"));
  CHECK(id(kStatus + "sent") == id(kStatus + "sent"));
  CHECK(id(kStatus + "sent") != id(kStatus + "delivered"));
  CHECK(id(kStatus + "sent") != id(kMessage));
  CHECK(id(kMessage) != read(form(kMessage), twilio_channel()).at(0).id);
}

TEST_CASE("a fact belongs to the channel's tenant, and to its conversation's order") {
  const auto channel = twilio_channel();
  const auto event = read(form(kMessage), channel).at(0);
  CHECK(event.tenant_id == channel.tenant_id);
  CHECK(event.topic == "messaging.inbound.v1");
  CHECK(event.key == channel.id + "/whatsapp:+573005556677");
}

TEST_CASE("a request that is kept can be read again") {
  const auto channel = twilio_channel();
  const auto request = form(kMessage, "a=\xff&b=1");
  const auto raw = ingest::raw_of(request);
  CHECK(raw.query() == "a=%FF&b=1");
  v1::RawRequest kept;
  REQUIRE(kept.ParseFromString(raw.SerializeAsString()));
  CHECK(read(ingest::request_of(kept), channel).at(0).id == read(request, channel).at(0).id);

  auto by_query = form("", kMessage);
  by_query.method = "GET";
  CHECK(read(ingest::request_of(ingest::raw_of(by_query)), channel).at(0).id == read(request, channel).at(0).id);
}

TEST_CASE("a webhook that cannot be read is one dead letter, however often it comes") {
  const auto channel = twilio_channel();
  const auto caller = Caller::service("messaging-ingest", channel.tenant_id, Trace::start());
  const auto id = [&](const std::string& body) {
    return ingest::unread(channel, ingest::raw_of(form(body)), caller).id;
  };
  CHECK(id("x") == id("x"));
  CHECK(id("x") != id("y"));
  CHECK_THROWS_AS(read(form("MessageSid=&From="), channel), Error);
}
