#include "libs/channels/chatwoot/chatwoot.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/channels/chatwoot/sending.h"
#include "libs/channels/chatwoot/webhook.h"
#include "libs/channels/url.h"

namespace centralita::channels::chatwoot {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 18 && text[0] != '0' &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

class Chatwoot final : public Adapter {
 public:
  std::string_view kind() const override { return "chatwoot"; }
  std::string_view title() const override { return "Chatwoot"; }

  std::vector<Field> fields() const override {
    return {
        {"baseUrl", "Dirección de Chatwoot, por ejemplo https://app.chatwoot.com", true},
        {"accountId", "Número de la cuenta en Chatwoot", true},
        {"inboxId", "Número de la bandeja de entrada en Chatwoot", true},
        {"apiAccessToken", "Token de acceso a la API, de un usuario o de un bot", true, true},
        {"webhookSecret",
         "Secreto con que Chatwoot firma sus webhooks; sin él solo se aceptan por la dirección propia del canal", false,
         true},
    };
  }

  void check(const Channel& channel) const override {
    require(parse_url(channel.setting("baseUrl")).has_value(), "settings.baseUrl", "must be an http or https URL");
    for (const auto* name : {"accountId", "inboxId"})
      require(is_number(channel.setting(name)), std::string("settings.") + name, "must be the number Chatwoot shows");
    require(http::valid_header("api_access_token", channel.credential("apiAccessToken")), "credentials.apiAccessToken",
            "must be one line of text");
  }

  std::string medium(const Channel&) const override { return "chat"; }
  std::string address(const Channel& channel) const override {
    return channel.setting("accountId") + '/' + channel.setting("inboxId");
  }
  bool creates_customers() const override { return false; }

  std::optional<std::string> address_of(const http::Request& request) const override {
    return chatwoot::address_of(request);
  }

  bool authentic(const http::Request& request, const Channel& channel, Time now) const override {
    return chatwoot::authentic(request, channel, now);
  }

  std::vector<Inbound> parse(const http::Request& request, const Channel& channel) const override {
    return chatwoot::parse(request, channel);
  }

  http::Response accepted() const override { return {200, {{"Content-Type", "application/json"}}, "{}"}; }

  SendResult send(http::Client& client, const Channel& channel, const Outgoing& message) const override {
    return chatwoot::send(client, channel, message);
  }

  std::optional<Sent> find_sent(http::Client& client, const Channel& channel, const Outgoing& message, Time since,
                                const std::set<std::string>& known) const override {
    return chatwoot::find_sent(client, channel, message, since, known);
  }
};

}  // namespace

const Adapter& adapter() {
  static const Chatwoot instance;
  return instance;
}

}  // namespace centralita::channels::chatwoot
