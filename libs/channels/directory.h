#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "centralita/accounts/v1/accounts.pb.h"
#include "libs/base/caller.h"
#include "libs/channels/channel.h"

namespace grpc {
class Channel;
}

namespace centralita::channels {

/// A channel as accounts knows it, and what carries it.
struct Resolved {
  accounts::v1::ResolvedChannel facts;  ///< Without credentials: those are in `channel`.
  Channel channel;
  const Adapter* adapter = nullptr;  ///< Never null.
};

/// Channels by id or address, asked of accounts and remembered for a short while, also that there is none. While
/// accounts is away, a channel that it once told of still counts. Thread-safe; holds at most some thousand channels.
class Directory {
 public:
  /// `accounts` is where the accounts service is; an answer is asked for anew when it is older than `ttl`.
  Directory(std::shared_ptr<grpc::Channel> accounts, std::chrono::milliseconds ttl = std::chrono::seconds{10});
  ~Directory();

  /// Nothing when there is no such channel, or none whose kind we know. UNAVAILABLE when accounts is away and has not
  /// told of one. The caller must be one of our own services; its tenant does not matter: look at `facts.tenant_id()`.
  std::shared_ptr<const Resolved> by_id(const Caller& caller, const std::string& id);
  std::shared_ptr<const Resolved> by_address(const Caller& caller, const std::string& kind, const std::string& address);

  /// Asks anew from here on: for who hears accounts.v1.ChannelChanged.
  void forget(const std::string& id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace centralita::channels
