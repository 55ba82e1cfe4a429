#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "libs/base/caller.h"
#include "libs/base/clock.h"
#include "libs/bus/bus.h"
#include "libs/http/server.h"

namespace centralita::channels {
class Directory;
struct Resolved;
}  // namespace centralita::channels

namespace centralita::ingest {

inline constexpr char kName[] = "messaging-ingest";

/// Where providers call. Checks the channel, then the signature over the raw bytes, then reads; answers 2xx only when
/// the bus has durably what was read. 403 not signed; 404 no such channel; 400 unreadable, and then it is among the
/// dead letters; 503 with Retry-After when bus or accounts are away. Keeps nothing; thread-safe.
class Webhooks {
 public:
  Webhooks(channels::Directory& directory, bus::Bus& bus, const Clock& clock);

  void add_routes(http::Server& server, size_t max_body);
  /// An InboundUnread that was replayed: reads it again and says what it says. Throws when it still cannot be read.
  void reread(const bus::Event& event);

 private:
  using Found = std::shared_ptr<const channels::Resolved>;
  using Find = std::function<Found(const Caller&)>;
  class Answer;

  void receive(const http::Request& request, http::Reply reply, const std::string& kind, const Find& find);
  void accept(const http::Request& request, const Trace& trace, const Find& find, const Answer& answer);
  bool authentic(const http::Request& request, const Caller& caller, Found& channel, const Find& find);
  bool may_refresh(const std::string& channel_id);

  channels::Directory& directory_;
  bus::Bus& bus_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> refreshed_;  ///< By channel.
};

}  // namespace centralita::ingest
