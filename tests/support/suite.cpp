#include "tests/support/suite.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <iostream>
#include <sstream>
#include <thread>

#include "libs/base/encoding.h"
#include "libs/base/id.h"
#include "libs/bus/postgres/postgres_bus.h"
#include "libs/security/security.h"
#include "services/all/modules.h"

namespace centralita::tests {
namespace {

using std::chrono::milliseconds;

/// What an operator's command prints.
Json command(runtime::App& app, const std::string& path, const std::map<std::string, std::string>& options) {
  for (const auto& module : all_modules())
    for (const auto& one : module.commands)
      if (one.path == path) {
        std::ostringstream out;
        one.run(app.host(), options, out);
        return Json::parse(out.str());
      }
  FAIL("no command " << path);
  return {};
}

/// HMAC-SHA1 over the URL and the sorted parameters: https://www.twilio.com/docs/usage/security
std::string twilio_signature(const std::string& token, std::string data, Form form) {
  std::sort(form.begin(), form.end());
  for (const auto& [name, value] : form) data += name + value;
  return to_base64(security::hmac_sha1(token, data));
}

}  // namespace

http::Client& http_client() {
  static http::Client client({.allow_private_addresses = true});
  return client;
}

std::string new_phone() {
  static std::atomic<int> next{1'000'000};
  return "+57300" + std::to_string(next++);
}

Config test_config(const TestDatabase& database, const std::string& public_url) {
  Config config;
  config.set("postgres.dsn", database.app_dsn());
  config.set("postgres.owner_dsn", database.owner_dsn());
  config.set("http.port", "0");
  config.set("security.internal_key", to_base64(std::string(32, 'i')));
  config.set("security.vault_keys", "t1:" + to_base64(std::string(32, 'v')));
  config.set("log.level", std::getenv("CENTRALITA_TEST_LOG") ? std::getenv("CENTRALITA_TEST_LOG") : "error");
  config.set("agents.debounce", "200ms");
  config.set("agents.allow_private_addresses", "true");
  config.set("delivery.allow_private_addresses", "true");
  config.set("delivery.reconcile_after", "300ms");
  config.set("bus.lease", "2s");
  config.set("public_url", public_url);
  return config;
}

Business::Business(std::function<std::string()> gateway, std::string tenant_id, std::string api_key)
    : gateway_(std::move(gateway)), tenant_id_(std::move(tenant_id)), api_key_(std::move(api_key)) {}

http::ClientResponse Business::call(const std::string& method, const std::string& path, const std::string& body) const {
  http::ClientRequest request;
  request.method = method;
  request.url = gateway_() + path;
  request.headers["Authorization"] = "Bearer " + api_key_;
  if (!body.empty()) request.headers["Content-Type"] = "application/json";
  request.body = body;
  return http_client().send(request);
}

namespace {
Json expect_json(const http::ClientResponse& response, const std::string& what) {
  INFO(what << " answered " << response.status << " " << response.error << ": " << response.body);
  REQUIRE(response.ok());
  return response.body.empty() ? Json() : Json::parse(response.body);
}
}  // namespace

Json Business::get(const std::string& path) const { return expect_json(call("GET", path), "GET " + path); }
Json Business::post(const std::string& path, const Json& body) const {
  return expect_json(call("POST", path, body.dump()), "POST " + path);
}
Json Business::patch(const std::string& path, const Json& body) const {
  return expect_json(call("PATCH", path, body.dump()), "PATCH " + path);
}

Json Business::create_agent(Json agent) const {
  Json whole = {{"name", "Recepción"},
                {"enabled", true},
                {"responder", "BUILT_IN"},
                {"prompt", "Eres la recepcionista."},
                {"greeting", "Hola, ¿en qué te ayudo?"},
                {"fallback", "No tengo ese dato."},
                {"handoverMessage", "Te paso con una persona."},
                {"debounceMs", 200}};
  whole.update(agent);
  return post("/v1/agents", whole);
}

Json Business::create_knowledge(const std::string& title, const std::string& answer) const {
  return post("/v1/knowledge", {{"title", title}, {"answer", answer}});
}

std::vector<Json> Business::messages_with(const std::string& phone) const {
  const auto response = call("GET", "/api/whatsapp/conversations/" + percent_encode(phone) + "/messages?pageSize=200");
  if (response.status == 404) return {};
  auto messages = expect_json(response, "messages")["messages"].get<std::vector<Json>>();
  std::reverse(messages.begin(), messages.end());
  return messages;
}

Json Business::conversation_with(const std::string& phone) const {
  const auto page = get("/v1/conversations?pageSize=200");
  for (const auto& conversation : page["conversations"])
    if (conversation["phone"] == phone) return conversation;
  return {};
}

TwilioChannel::TwilioChannel(const Business& business, std::function<std::string()> gateway,
                             const std::string& provider_url, const std::string& agent_id, Json overrides)
    : gateway_(std::move(gateway)),
      address_("whatsapp:" + new_phone()),
      account_sid_("AC" + to_hex(security::random_bytes(16))),
      auth_token_(to_hex(security::random_bytes(16))) {
  Json channel = {
      {"kind", "twilio"},
      {"name", "WhatsApp"},
      {"zone", "America/Bogota"},
      {"defaultAgentId", agent_id},
      {"settings",
       {{"accountSid", account_sid_}, {"address", address_}, {"apiBaseUrl", provider_url}, {"publicUrl", gateway_()}}},
      {"credentials", {{"authToken", auth_token_}}}};
  channel.update(overrides);
  id_ = business.post("/v1/channels", channel)["id"];
}

Form TwilioChannel::text_message(const std::string& phone, const std::string& body, const std::string& sid) const {
  const auto id = sid.empty() ? "SM" + to_hex(security::random_bytes(16)) : sid;
  return {{"MessageSid", id},
          {"SmsMessageSid", id},
          {"AccountSid", account_sid_},
          {"From", "whatsapp:" + phone},
          {"To", address_},
          {"Body", body},
          {"NumMedia", "0"},
          {"NumSegments", "1"},
          {"SmsStatus", "received"},
          {"ProfileName", "Cliente"},
          {"WaId", phone.substr(1)},
          {"ApiVersion", "2010-04-01"}};
}

int TwilioChannel::post_to(const std::string& path, const Form& form) const {
  http::ClientRequest request;
  request.method = "POST";
  request.url = gateway_() + path;
  request.headers["Content-Type"] = "application/x-www-form-urlencoded";
  request.headers["X-Twilio-Signature"] = twilio_signature(auth_token_, request.url, form);
  request.body = format_form(form);
  return http_client().send(request).status;
}

int TwilioChannel::post(const Form& form) const { return post_to("/webhooks/twilio/" + id_, form); }

void TwilioChannel::say(const std::string& phone, const std::string& body) const {
  REQUIRE(post(text_message(phone, body)) == 200);
}

Suite::Suite(const std::map<std::string, std::string>& settings) {
  std::vector<const pg::Schema*> schemas{&bus::schema()};
  for (const auto& module : all_modules())
    if (module.schema) schemas.push_back(module.schema);
  database_ = std::make_unique<TestDatabase>(schemas);
  simulator_ = std::make_unique<simulator::Simulator>();
  config_ = std::make_unique<Config>(test_config(*database_));
  for (const auto& [name, value] : settings) config_->set(name, value);
  app_ = std::make_unique<runtime::App>(*config_, all_modules(), clock_);
  app_->start();
}

Suite::~Suite() = default;

Business Suite::new_business(const std::string& name) {
  const auto made = command(*app_, "tenant create", {{"name", name}, {"region", "CO"}});
  return {[this] { return gateway(); }, made["tenantId"], made["apiKey"]};
}

TwilioChannel Suite::new_twilio_channel(const Business& business, const std::string& agent_id, Json overrides) {
  return {business, [this] { return gateway(); }, provider_url(), agent_id, std::move(overrides)};
}

std::string Suite::gateway() const { return "http://127.0.0.1:" + std::to_string(app_->http_port()); }
std::string Suite::provider_url() const { return "http://127.0.0.1:" + std::to_string(simulator_->port()); }

std::vector<std::string> Suite::delivered_to(const std::string& phone) const {
  http::ClientRequest request;
  request.url = provider_url() + "/_sent?after=0";
  request.max_response = 64 << 20;
  const auto response = http_client().send(request);
  REQUIRE(response.ok());
  std::vector<std::string> bodies;
  for (const auto& sent : Json::parse(response.body))
    if (sent["provider"] == "twilio" && sent["accepted"] == true && sent["form"].value("To", "") == "whatsapp:" + phone)
      bodies.push_back(sent["form"].value("Body", ""));
  return bodies;
}

void Suite::behave(const Json& behaviour) const {
  http::ClientRequest request;
  request.method = "POST";
  request.url = provider_url() + "/_behaviour";
  request.headers["Content-Type"] = "application/json";
  request.body = behaviour.dump();
  REQUIRE(http_client().send(request).ok());
}

}  // namespace centralita::tests
