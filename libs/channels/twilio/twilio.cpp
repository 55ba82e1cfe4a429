#include "libs/channels/twilio/twilio.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/channels/twilio/sending.h"
#include "libs/channels/twilio/signature.h"
#include "libs/channels/twilio/webhook.h"
#include "libs/channels/url.h"

namespace centralita::channels::twilio {
namespace {

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_sid(std::string_view text, std::string_view prefix) {
  return text.size() > prefix.size() && text.size() <= 64 && text.starts_with(prefix) &&
         std::all_of(text.begin(), text.end(), is_alnum);
}

bool is_number(std::string_view digits, size_t least, size_t most) {
  return digits.size() >= least && digits.size() <= most && std::all_of(digits.begin(), digits.end(), is_digit);
}

/// "whatsapp:+573001234567", "+573001234567", or the short code of an SMS sender.
bool is_address(std::string_view text) {
  const bool whatsapp = text.starts_with("whatsapp:");
  if (whatsapp) text.remove_prefix(std::string_view("whatsapp:").size());
  if (text.starts_with('+')) return is_number(text.substr(1), 7, 15);
  return !whatsapp && is_number(text, 3, 8);
}

class Twilio final : public Adapter {
 public:
  std::string_view kind() const override { return "twilio"; }
  std::string_view title() const override { return "Twilio (WhatsApp, SMS)"; }

  std::vector<Field> fields() const override {
    return {
        {"accountSid", "SID de la cuenta, AC…", true},
        {"address", "Nuestro número como lo escribe Twilio: whatsapp:+573001234567, o +573001234567 para SMS", true},
        {"messagingServiceSid", "SID del servicio de mensajería, MG…, si se envía por uno"},
        {"publicUrl",
         "Dirección pública de este servidor (https://chat.example.com), o la URL completa del webhook como está "
         "configurada en Twilio; vacía: la que diga cada petición"},
        {"apiBaseUrl", "Dirección de la API de Twilio, si no es https://api.twilio.com"},
        {"authToken", "Auth token de la cuenta: con él se comprueba la firma de los webhooks", true, true},
        {"secondaryAuthToken", "Auth token secundario, mientras se cambia el principal", false, true},
        {"apiKeySid", "SID de una clave de API, SK…, para enviar con ella", false, true},
        {"apiKeySecret", "Secreto de esa clave", false, true},
    };
  }

  void check(const Channel& channel) const override {
    require(is_sid(channel.setting("accountSid"), "AC"), "settings.accountSid", "must be an account SID, AC…");
    require(is_address(channel.setting("address")), "settings.address",
            "must be a number as Twilio writes it: whatsapp:+573001234567 or +573001234567");
    const auto& service = channel.setting("messagingServiceSid");
    require(service.empty() || is_sid(service, "MG"), "settings.messagingServiceSid", "must be a service SID, MG…");
    for (const auto* name : {"publicUrl", "apiBaseUrl"}) {
      const auto& url = channel.setting(name);
      require(url.empty() || parse_url(url), std::string("settings.") + name, "must be an http or https URL");
    }
    require(channel.credential("apiKeySid").empty() == channel.credential("apiKeySecret").empty(),
            "credentials.apiKeySid", "an API key needs both its SID and its secret");
  }

  std::string medium(const Channel& channel) const override { return is_whatsapp(channel) ? "whatsapp" : "sms"; }
  std::string address(const Channel& channel) const override { return channel.setting("address"); }
  std::optional<std::string> recipient(const Channel& channel, const std::string& phone) const override {
    return is_whatsapp(channel) ? "whatsapp:" + phone : phone;
  }

  std::optional<std::string> address_of(const http::Request& request) const override {
    return twilio::address_of(request);
  }

  bool authentic(const http::Request& request, const Channel& channel, Time) const override {
    const auto urls = called_urls(request, channel.setting("publicUrl"));
    const bool primary = is_signed(request, urls, channel.credential("authToken"));
    return is_signed(request, urls, channel.credential("secondaryAuthToken")) || primary;
  }

  std::vector<Inbound> parse(const http::Request& request, const Channel& channel) const override {
    return twilio::parse(request, channel);
  }

  http::Response accepted() const override {
    return {200, {{"Content-Type", "text/xml"}}, R"(<?xml version="1.0" encoding="UTF-8"?><Response/>)"};
  }

  SendResult send(http::Client& client, const Channel& channel, const Outgoing& message) const override {
    return twilio::send(client, channel, message);
  }

  std::optional<Sent> find_sent(http::Client& client, const Channel& channel, const Outgoing& message, Time since,
                                const std::set<std::string>& known) const override {
    return twilio::find_sent(client, channel, message, since, known);
  }
};

}  // namespace

const Adapter& adapter() {
  static const Twilio instance;
  return instance;
}

bool is_whatsapp(const Channel& channel) { return channel.setting("address").starts_with("whatsapp:"); }

}  // namespace centralita::channels::twilio
