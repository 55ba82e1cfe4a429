#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "libs/base/encoding.h"
#include "libs/base/id.h"
#include "libs/base/log.h"
#include "libs/bus/postgres/postgres_bus.h"
#include "libs/channels/directory.h"
#include "libs/http/client.h"
#include "libs/security/security.h"
#include "services/messaging-ingest/webhooks.h"
#include "tests/support/database.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_accounts.h"

namespace centralita::ingest {

namespace v1 = messaging::v1;
using namespace std::chrono_literals;
using Json = nlohmann::json;

inline constexpr char kToken[] = "token-de-prueba";
inline constexpr char kSecret[] = "secreto-de-prueba";
inline constexpr char kPublicUrl[] = "https://chat.example.com";
inline constexpr size_t kMaxBody = 64 << 10;

using tests::eventually;

inline accounts::v1::ResolvedChannel twilio_channel(const std::string& token = kToken) {
  accounts::v1::ResolvedChannel resolved;
  resolved.set_tenant_id(new_id());
  auto& channel = *resolved.mutable_channel();
  channel.set_id(new_id());
  channel.set_kind("twilio");
  channel.set_enabled(true);
  channel.set_address("whatsapp:+573001112233");
  channel.mutable_settings()->insert(
      {{"accountSid", "AC1"}, {"address", channel.address()}, {"publicUrl", kPublicUrl}});
  resolved.mutable_credentials()->insert({"authToken", token});
  return resolved;
}

inline accounts::v1::ResolvedChannel chatwoot_channel() {
  accounts::v1::ResolvedChannel resolved;
  resolved.set_tenant_id(new_id());
  auto& channel = *resolved.mutable_channel();
  channel.set_id(new_id());
  channel.set_kind("chatwoot");
  channel.set_enabled(true);
  channel.mutable_settings()->insert(
      {{"baseUrl", "https://chatwoot.example.com"}, {"accountId", "7"}, {"inboxId", "21"}});
  resolved.mutable_credentials()->insert({{"apiAccessToken", "token"}, {"webhookSecret", kSecret}});
  const auto* adapter = channels::find_adapter("chatwoot");
  channels::Channel facts;
  facts.settings = {channel.settings().begin(), channel.settings().end()};
  channel.set_address(adapter->address(facts));
  return resolved;
}

inline Form text_message(const std::string& sid, const std::string& body = "Hola") {
  return {{"MessageSid", sid},
          {"AccountSid", "AC1"},
          {"From", "whatsapp:+573005556677"},
          {"To", "whatsapp:+573001112233"},
          {"Body", body},
          {"NumMedia", "0"},
          {"WaId", "573005556677"}};
}

inline std::string chatwoot_message(int id) {
  const Json contact = {{"id", 501}, {"name", "Marta"}, {"phone_number", "+573005556677"}, {"type", "contact"}};
  return Json{{"event", "message_created"},
              {"id", id},
              {"content", "Hola"},
              {"content_type", "text"},
              {"message_type", "incoming"},
              {"private", false},
              {"created_at", "2026-11-20T15:04:05.000Z"},
              {"sender", contact},
              {"account", {{"id", 7}}},
              {"inbox", {{"id", 21}}},
              {"conversation", {{"id", 88}, {"inbox_id", 21}, {"meta", {{"sender", contact}}}}}}
      .dump();
}

/// The edge over a real database, bus, HTTP server and connection to accounts, and what is said on the bus.
class Edge {
 public:
  Edge() {
    log::configure(log::Level::kOff, "test");
    webhooks_.add_routes(server_, kMaxBody);
    server_.start();
    heard_from_ = bus_->subscribe({.group = "test", .topics = {"messaging.inbound.v1", "messaging.report.v1"}},
                                  [this](const bus::Event& event) {
                                    const std::lock_guard lock(mutex_);
                                    heard_.push_back(event);
                                  });
    unread_ = bus_->subscribe({.group = ingest::kName, .topics = {"messaging.unread.v1"}},
                              [this](const bus::Event& event) { webhooks_.reread(event); });
  }
  ~Edge() { server_.stop(5s); }

  http::ClientResponse send(const std::string& method, const std::string& path, const std::string& body = "",
                            http::Headers headers = {}) {
    http::ClientRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(server_.port()) + path;
    request.body = body;
    request.headers = std::move(headers);
    request.timeout = 30s;
    return client_.send(request);
  }

  /// As Twilio posts it to the address that it knows.
  http::ClientResponse twilio(const std::string& path, Form form, const std::string& token = kToken) {
    const auto body = format_form(form);
    std::sort(form.begin(), form.end());
    std::string data = kPublicUrl + path;
    for (const auto& [name, value] : form) data += name + value;
    return send("POST", path, body,
                {{"Content-Type", "application/x-www-form-urlencoded"},
                 {"X-Twilio-Signature", to_base64(security::hmac_sha1(token, data))}});
  }
  http::ClientResponse twilio(const accounts::v1::ResolvedChannel& channel, const Form& form,
                              const std::string& token = kToken) {
    return twilio("/webhooks/twilio/" + channel.channel().id(), form, token);
  }
  http::ClientResponse chatwoot(const std::string& path, const std::string& body, const std::string& secret = kSecret) {
    const auto timestamp = std::to_string(time(nullptr));
    return send("POST", path, body,
                {{"Content-Type", "application/json"},
                 {"X-Chatwoot-Timestamp", timestamp},
                 {"X-Chatwoot-Signature", "sha256=" + to_hex(security::hmac_sha256(secret, timestamp + "." + body))}});
  }

  std::vector<bus::Event> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  /// Waits for so many events.
  std::vector<bus::Event> heard(size_t count) {
    INFO("waiting for " << count << " events");
    REQUIRE(eventually([&] { return heard().size() >= count; }));
    return heard();
  }

  int port() const { return server_.port(); }
  bus::Bus& bus() { return *bus_; }
  const TestDatabase database{{&bus::schema()}};
  tests::FakeAccounts accounts;

 private:
  pg::Pool pool_{{.dsn = database.app_dsn()}, {&bus::schema()}};
  std::unique_ptr<bus::Bus> bus_ = bus::make_postgres_bus(pool_, {.dsn = database.app_dsn(), .partitions = 4});
  SystemClock clock_;
  channels::Directory directory_{accounts.channel()};
  ingest::Webhooks webhooks_{directory_, *bus_, clock_};
  http::Server server_{{}};
  http::Client client_{{.allow_private_addresses = true}};
  std::mutex mutex_;
  std::vector<bus::Event> heard_;
  std::unique_ptr<bus::Subscription> heard_from_, unread_;
};

}  // namespace centralita::ingest
