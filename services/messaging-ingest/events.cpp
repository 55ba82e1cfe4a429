#include "services/messaging-ingest/events.h"

#include "libs/base/id.h"
#include "libs/base/metrics.h"
#include "libs/security/security.h"

namespace centralita::ingest {
namespace {

namespace v1 = messaging::v1;

void set_time(google::protobuf::Timestamp& timestamp, Time time) {
  const auto micros = time.time_since_epoch().count();
  timestamp.set_seconds(micros / 1'000'000);
  timestamp.set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1'000));
}

/// Makes the event, and makes sure that whoever hears it can read it: a parser may have let through what is no text.
template <class M>
bus::Event checked_event(const M& message, const Caller& caller, const std::string& id) {
  auto event = bus::make_event(message, caller, id_of(id));
  bus::parse<M>(event);
  return event;
}

struct Reader {
  const channels::Channel& channel;
  const v1::RawRequest& raw;
  const Time received_at;
  const Caller& caller;
  std::vector<bus::Event> events;

  void operator()(v1::InboundReceived& message) {
    message.set_channel_id(channel.id);
    set_time(*message.mutable_received_at(), received_at);
    *message.mutable_raw() = raw;
    events.push_back(checked_event(message, caller, channel.id + "/inbound/" + message.provider_message_id()));
  }
  void operator()(v1::DeliveryReported& report) {
    report.set_channel_id(channel.id);
    *report.mutable_raw() = raw;
    events.push_back(checked_event(report, caller,
                                   channel.id + "/report/" + v1::DeliveryStatus_Name(report.status()) + "/" +
                                       report.message_id() + "/" + report.provider_message_id()));
  }
  void operator()(const channels::Ignored& ignored) {
    metrics::counter("centralita_webhooks_ignored_total", "What webhooks said that was not for us to act on.",
                     {{"provider", channel.kind}, {"why", ignored.why}})
        .add();
  }
};

/// As a proto string can hold it; in a URL it means the same.
std::string as_ascii(std::string_view text) {
  std::string ascii;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80)
      ascii += c;
    else
      ascii += percent_encode(std::string_view(&c, 1));
  }
  return ascii;
}

}  // namespace

v1::RawRequest raw_of(const http::Request& request) {
  v1::RawRequest raw;
  raw.set_content_type(as_ascii(request.header("Content-Type")));
  raw.set_query(as_ascii(request.query));
  raw.set_body(request.body);
  return raw;
}

http::Request request_of(const v1::RawRequest& raw) {
  http::Request request;
  request.method = raw.body().empty() ? "GET" : "POST";
  request.query = raw.query();
  if (!raw.content_type().empty()) request.headers["Content-Type"] = raw.content_type();
  request.body = raw.body();
  return request;
}

std::vector<bus::Event> read(const channels::Adapter& adapter, const channels::Channel& channel,
                             const v1::RawRequest& raw, const http::Request& request, Time received_at,
                             const Caller& caller) {
  Reader reader{channel, raw, received_at, caller, {}};
  for (auto& said : adapter.parse(request, channel)) std::visit(reader, said);
  return std::move(reader.events);
}

bus::Event unread(const channels::Channel& channel, const v1::RawRequest& raw, const Caller& caller) {
  v1::InboundUnread event;
  event.set_channel_id(channel.id);
  *event.mutable_raw() = raw;
  return bus::make_event(event, caller,
                         id_of(channel.id + "/unread/" + security::sha256(raw.query() + "\n" + raw.body())));
}

}  // namespace centralita::ingest
