#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "libs/bus/tx.h"
#include "libs/channels/channel.h"
#include "services/messaging-delivery/store.h"

namespace centralita::channels {
class Directory;
}

namespace centralita::delivery {

inline constexpr char kName[] = "messaging-delivery";

struct Settings {
  std::string public_url;  ///< Where providers reach us; may be empty.
  /// How long after an attempt without an answer the provider is asked whether it has the message.
  std::chrono::milliseconds reconcile_after{5'000};
  /// The same after the beginning of an attempt whose end nobody recorded; longer than any call to a provider takes.
  std::chrono::milliseconds abandoned_after{30'000};
  /// From the first attempt; then the message has failed.
  std::chrono::milliseconds give_up_after{std::chrono::minutes{30}};
  /// How long a report may be ahead of what it is about; later it is about a message that somebody else sent.
  std::chrono::milliseconds unknown_report_after{std::chrono::minutes{2}};
};

/// Hands each message to its provider once, and follows what becomes of it. Keeps its state in the database;
/// thread-safe. What cannot be done now throws a transient Error, for the bus to try again.
class Service {
 public:
  Service(bus::Database database, channels::Directory& directory, http::Client& client, const Clock& clock,
          Settings settings);

  void deliver(const bus::Event& event);  ///< DeliveryRequested
  void report(const bus::Event& event);   ///< DeliveryReported
  void forget(const bus::Event& event);   ///< ChannelChanged

 private:
  struct Job;
  enum class Step { kNothing, kAttempt, kReconcile };

  /// What is to be done next; an attempt is marked as begun.
  Step take(Job& job);
  void attempt(Job& job);
  /// Finds out how the open attempt ended: the message is with the provider, or there may be another attempt.
  void reconcile(Job& job);
  /// Records how the newest attempt ended; `write` is left out when somebody else has found it out meanwhile.
  void finish(Job& job, Outcome outcome, const std::string& detail, const std::function<void(bus::Tx&)>& write);
  std::optional<messaging::v1::Failure> hopeless(const Job& job) const;
  std::chrono::milliseconds time_left(const Delivery& delivery) const;

  const bus::Database database_;
  channels::Directory& directory_;
  http::Client& client_;
  const Clock& clock_;
  const Settings settings_;
};

}  // namespace centralita::delivery
