#include "services/messaging-ingest/webhooks.h"

#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/base/log.h"
#include "libs/base/metrics.h"
#include "libs/channels/directory.h"
#include "services/messaging-ingest/events.h"

namespace centralita::ingest {
namespace {

using std::chrono::steady_clock;

/// How often a wrong signature may make us ask for a channel's credentials anew.
constexpr std::chrono::seconds kRefreshEvery{5};

Error no_channel() { return {Code::kNotFound, "CHANNEL_NOT_FOUND", "There is no such channel."}; }

template <class Found>
Found usable(Found found) {
  if (!found || !found->facts.channel().enabled()) throw no_channel();
  return found;
}

/// What is wrong inside is for our log, not for who calls.
http::Response response_of(const Error& error) {
  if (error.transient()) {
    auto response = http::problem(503, "UNAVAILABLE", "The webhook could not be taken now.");
    response.headers["Retry-After"] = "5";
    return response;
  }
  const int status = http::status_of(static_cast<int>(error.code()));
  return status >= 500 ? http::problem(500, "INTERNAL", "The webhook could not be taken.")
                       : http::problem(status, error.reason(), error.message());
}

http::Response alive() { return http::text_response(200, "application/json", R"({"status":"ok"})"); }

}  // namespace

/// Answers one webhook, and leaves its line in the log and its figures.
class Webhooks::Answer {
 public:
  Answer(http::Reply reply, std::string kind) : reply_(std::move(reply)), kind_(std::move(kind)) {}

  void operator()(http::Response response) const {
    const std::chrono::duration<double> took = steady_clock::now() - began_;
    const auto status = response.status;
    reply_(std::move(response));
    metrics::counter("centralita_webhooks_total", "Webhooks answered, by the answer's class.",
                     {{"provider", kind_}, {"class", std::to_string(status / 100) + "xx"}})
        .add();
    metrics::histogram("centralita_webhook_seconds", "From a webhook's arrival to its answer.", {{"provider", kind_}})
        .observe(took.count());
    log::info("webhook", {{"provider", kind_}, {"status", status}, {"ms", took.count() * 1e3}});
  }
  /// Does something that answers; an Error that it throws is the answer.
  void guard(const std::function<void()>& work) const {
    try {
      work();
    } catch (const Error& error) {
      auto response = response_of(error);
      if (response.status >= 500)
        log::warn("webhook failed", {{"reason", error.reason()}, {"message", error.message()}});
      (*this)(std::move(response));
    }
  }

 private:
  http::Reply reply_;
  std::string kind_;
  steady_clock::time_point began_ = steady_clock::now();
};

Webhooks::Webhooks(channels::Directory& directory, bus::Bus& bus, const Clock& clock)
    : directory_(directory), bus_(bus), clock_(clock) {}

void Webhooks::add_routes(http::Server& server, size_t max_body) {
  const auto named = [this](http::Request request, http::Reply reply) {
    const auto kind = request.parameters["kind"];
    const auto id = request.parameters["channel"];
    receive(request, std::move(reply), channels::find_adapter(kind) ? kind : "unknown", [&](const Caller& caller) {
      auto found = is_id(id) ? directory_.by_id(caller, id) : nullptr;
      return found && found->channel.kind == kind ? found : nullptr;
    });
  };
  const auto addressed = [this](const std::string& kind) {
    return [this, kind](http::Request request, http::Reply reply) {
      receive(request, std::move(reply), kind, [&](const Caller& caller) {
        const auto address = channels::find_adapter(kind)->address_of(request);
        if (!address) throw Error(Code::kInvalidArgument, "UNREADABLE", "The webhook does not say whom it is for.");
        return directory_.by_address(caller, kind, *address);
      });
    };
  };
  const auto living = [](const http::Request&, const http::Reply& reply) { reply(alive()); };

  server.route("POST", "/webhooks/{kind}/{channel}", named, max_body);
  server.route("GET", "/webhooks/{kind}/{channel}", named, max_body);
  server.route("GET", "/webhooks/chatwoot/{channel}", living);
  server.route("POST", "/api/whatsapp/webhook", addressed("twilio"), max_body);
  server.route("GET", "/api/whatsapp/webhook", addressed("twilio"), max_body);
  server.route("POST", "/api/webhooks/chatwoot", addressed("chatwoot"), max_body);
  server.route("GET", "/api/webhooks/chatwoot", living);
}

void Webhooks::receive(const http::Request& request, http::Reply reply, const std::string& kind, const Find& find) {
  const auto trace = Trace::start();
  const TraceScope scope(trace);
  const Answer answer(std::move(reply), kind);
  answer.guard([&] { accept(request, trace, find, answer); });
}

void Webhooks::accept(const http::Request& request, const Trace& trace, const Find& find, const Answer& answer) {
  const Caller nobody = Caller::service(kName, "", trace);
  Found found = usable(find(nobody));
  if (!authentic(request, nobody, found, find)) {
    log::warn("webhook not signed", {{"channel_id", found->channel.id}});
    throw Error(Code::kPermissionDenied, "BAD_SIGNATURE", "The webhook is not signed for this channel.");
  }

  const Caller caller = Caller::service(kName, found->channel.tenant_id, trace);
  const auto raw = raw_of(request);
  std::vector<bus::Event> events;
  std::string unreadable;
  try {
    events = read(*found->adapter, found->channel, raw, request, clock_.now(), caller);
  } catch (const Error& error) {
    unreadable = error.reason() + ": " + error.message();
  } catch (const std::exception&) {
    // What a library says about a text may quote it.
    unreadable = "PARSER_FAILED";
  }
  if (!unreadable.empty()) {
    log::warn("webhook unreadable", {{"channel_id", found->channel.id}, {"reason", unreadable}});
    bus_.bury(unread(found->channel, raw, caller), kName, unreadable);
    throw Error(Code::kInvalidArgument, "UNREADABLE", "The webhook was kept, but could not be read.");
  }
  if (events.empty()) return answer(found->adapter->accepted());
  bus_.publish(std::move(events), [answer, trace, adapter = found->adapter](const std::exception_ptr& failure) {
    const TraceScope scope(trace);
    answer.guard([&] {
      if (failure) std::rethrow_exception(failure);
      answer(adapter->accepted());
    });
  });
}

bool Webhooks::authentic(const http::Request& request, const Caller& caller, Found& channel, const Find& find) {
  const auto is_authentic = [&] { return channel->adapter->authentic(request, channel->channel, clock_.now()); };
  if (is_authentic()) return true;
  // The credentials may have changed since we learnt them.
  if (!may_refresh(channel->channel.id)) return false;
  directory_.forget(channel->channel.id);
  channel = usable(find(caller));
  return is_authentic();
}

bool Webhooks::may_refresh(const std::string& channel_id) {
  const auto now = steady_clock::now();
  const std::lock_guard lock(mutex_);
  const auto [last, first] = refreshed_.try_emplace(channel_id, now);
  if (!first && now - last->second < kRefreshEvery) return false;
  last->second = now;
  return true;
}

void Webhooks::reread(const bus::Event& event) {
  const auto unread = bus::parse<messaging::v1::InboundUnread>(event);
  const auto caller = bus::caller_of(event, kName);
  const auto found = directory_.by_id(caller, unread.channel_id());
  if (!found || found->channel.tenant_id != event.tenant_id) throw no_channel();
  bus_.publish(read(*found->adapter, found->channel, unread.raw(), request_of(unread.raw()), event.time, caller));
}

}  // namespace centralita::ingest
