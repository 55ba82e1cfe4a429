#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "centralita/messaging/v1/events.pb.h"
#include "libs/base/clock.h"
#include "libs/http/client.h"
#include "libs/http/message.h"

/// A channel is one folder with both directions, and one line in catalogue.cpp. An adapter is stateless and knows the
/// provider's wire, nothing of our database or bus; thread-safe.
namespace centralita::channels {

/// A configured channel: the settings and decrypted credentials that the adapter's `fields` name.
struct Channel {
  std::string id;
  std::string tenant_id;
  std::string kind;
  std::string region;  ///< ISO 3166, completes national phone numbers; may be empty.
  std::map<std::string, std::string> settings;
  std::map<std::string, std::string> credentials;
  std::string webhook_path;

  /// "" when absent.
  const std::string& setting(const std::string& name) const;
  const std::string& credential(const std::string& name) const;
};

/// What a channel of this kind needs to be told.
struct Field {
  std::string_view name;
  std::string_view description;
  bool required = false;
  bool secret = false;
};

/// The body of a message that came with nothing we could show: content is never empty.
inline constexpr auto kNoContent = "[Mensaje vacío, o de un tipo que este canal no transmite]";

/// A webhook said something that is not for us to act on: a private note, a typing mark, an event of another kind.
struct Ignored {
  std::string why;  ///< A constant phrase, for the figures.
};

/// What a webhook says. Raw request, channel id and time of arrival are filled in by the caller.
using Inbound = std::variant<messaging::v1::InboundReceived, messaging::v1::DeliveryReported, Ignored>;

/// How an attempt to hand a message to the provider ended.
struct Sent {
  std::string provider_message_id;
  messaging::v1::DeliveryStatus status = messaging::v1::SENT;
};
/// Never: the provider refuses it for good.
struct Rejected {
  std::string code;
  std::string reason;  ///< A sentence for a person, in Spanish.
};
/// Not now; the provider certainly did not take it.
struct Postponed {
  std::string reason;
  std::optional<std::chrono::milliseconds> retry_after;
};
/// Nobody knows whether the provider took it: ask `find_sent` before trying again.
struct Uncertain {
  std::string reason;
};
using SendResult = std::variant<Sent, Rejected, Postponed, Uncertain>;

/// What is handed to the provider.
struct Outgoing {
  std::string message_id;
  std::string recipient;                 ///< The channel's name of the customer, exactly as the provider gave it.
  std::string provider_conversation_id;  ///< Empty where the provider has no threads.
  messaging::v1::Content content;
  std::string public_url;  ///< Where the provider reaches us, e.g. "https://chat.example.com"; may be empty.
};

class Adapter {
 public:
  virtual ~Adapter() = default;

  virtual std::string_view kind() const = 0;   ///< "twilio"
  virtual std::string_view title() const = 0;  ///< "Twilio (WhatsApp, SMS)"
  virtual std::vector<Field> fields() const = 0;
  /// Throws INVALID_ARGUMENT naming the setting that is malformed. Required ones are known to be there.
  virtual void check(const Channel& channel) const = 0;
  /// "whatsapp", "sms" or "chat".
  virtual std::string medium(const Channel& channel) const = 0;
  /// What a webhook that does not name its channel is matched by; unique over all tenants.
  virtual std::string address(const Channel& channel) const = 0;
  /// The channel's name of whoever has this phone (E.164), so that we can write first; nothing where the channel
  /// cannot.
  virtual std::optional<std::string> recipient(const Channel&, const std::string& /*phone*/) const { return {}; }
  /// Whether an unknown person who writes becomes a customer unless the channel says otherwise.
  virtual bool creates_customers() const { return true; }

  /// The address that this webhook is meant for, before anything is trusted; nothing when it cannot be read.
  virtual std::optional<std::string> address_of(const http::Request& request) const = 0;
  /// Whether the provider signed the request for this channel. In constant time, over the raw bytes.
  virtual bool authentic(const http::Request& request, const Channel& channel, Time now) const = 0;
  /// What an authentic webhook says. Throws INVALID_ARGUMENT with the reason when it cannot be read.
  virtual std::vector<Inbound> parse(const http::Request& request, const Channel& channel) const = 0;
  /// The answer that makes the provider content.
  virtual http::Response accepted() const = 0;

  /// One attempt; never tries again by itself, never throws for what the provider does.
  virtual SendResult send(http::Client& client, const Channel& channel, const Outgoing& message) const = 0;
  /// Looks with the provider for a message whose attempt, begun at `since`, ended Uncertain; `known` are the provider's
  /// ids that belong to other messages. Sent when the provider has it, nothing when it certainly has not. Throws
  /// UNAVAILABLE when the provider cannot be asked.
  virtual std::optional<Sent> find_sent(http::Client& client, const Channel& channel, const Outgoing& message,
                                        Time since, const std::set<std::string>& known) const = 0;
};

/// The adapters, in the order in which they are shown.
const std::vector<const Adapter*>& catalogue();
/// Nothing when no adapter has this kind.
const Adapter* find_adapter(std::string_view kind);

}  // namespace centralita::channels
