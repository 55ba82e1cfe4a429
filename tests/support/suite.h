#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "libs/base/config.h"
#include "libs/http/client.h"
#include "libs/runtime/app.h"
#include "tests/support/database.h"
#include "tests/support/eventually.h"
#include "tests/support/simulator/simulator.h"

/// Flow tests: the whole product with a fresh database and a provider simulator.
namespace centralita::tests {

using Json = nlohmann::json;

/// The settings with which tests run: a database, keys of their own, short waits, any free port.
Config test_config(const TestDatabase& database, const std::string& public_url = "");

/// A business of the test, used as its front-end would use it: by the gateway's REST API with an API key.
class Business {
 public:
  Business(std::function<std::string()> gateway, std::string tenant_id, std::string api_key);

  /// The JSON of a 2xx answer; fails the test for any other.
  Json get(const std::string& path) const;
  Json post(const std::string& path, const Json& body = Json::object()) const;
  Json patch(const std::string& path, const Json& body) const;
  /// Whatever is answered.
  http::ClientResponse call(const std::string& method, const std::string& path, const std::string& body = "") const;

  /// A built-in agent that knows a few things about a dental clinic, unless `agent` says otherwise.
  Json create_agent(Json agent = Json::object()) const;
  Json create_knowledge(const std::string& title, const std::string& answer) const;

  /// Messages of the conversation with this phone, oldest first.
  std::vector<Json> messages_with(const std::string& phone) const;
  Json conversation_with(const std::string& phone) const;

  const std::string& tenant_id() const { return tenant_id_; }
  const std::string& api_key() const { return api_key_; }

 private:
  std::function<std::string()> gateway_;
  std::string tenant_id_;
  std::string api_key_;
};

/// A Twilio WhatsApp number of a business, and what its customers do to it.
class TwilioChannel {
 public:
  /// Creates the channel by the API; the number is new in each test.
  TwilioChannel(const Business& business, std::function<std::string()> gateway, const std::string& provider_url,
                const std::string& agent_id, Json overrides = Json::object());

  /// A form as Twilio posts it for a text message. `sid` empty: a new one.
  Form text_message(const std::string& phone, const std::string& body, const std::string& sid = "") const;
  /// Signs and posts the form; the HTTP status, 0 when nobody answered.
  int post(const Form& form) const;
  int post_to(const std::string& path, const Form& form) const;
  /// text_message and post; expects 200.
  void say(const std::string& phone, const std::string& body) const;

  const std::string& id() const { return id_; }
  const std::string& address() const { return address_; }
  const std::string& auth_token() const { return auth_token_; }

 private:
  std::function<std::string()> gateway_;
  std::string id_, address_, account_sid_, auth_token_;
};

/// A new phone number, different in each call.
std::string new_phone();

/// The whole product in this process, with a fresh database and a simulator of the providers.
class Suite {
 public:
  explicit Suite(const std::map<std::string, std::string>& settings = {});
  ~Suite();

  Business new_business(const std::string& name = "Clínica Dental");
  TwilioChannel new_twilio_channel(const Business& business, const std::string& agent_id,
                                   Json overrides = Json::object());

  std::string gateway() const;
  std::string provider_url() const;
  simulator::Simulator& provider() { return *simulator_; }
  const TestDatabase& database() const { return *database_; }
  runtime::App& app() { return *app_; }

  /// Bodies of the messages that the provider accepted for this phone, in order.
  std::vector<std::string> delivered_to(const std::string& phone) const;
  /// Makes the provider behave: see tests/support/simulator/README.md.
  void behave(const Json& behaviour) const;

 private:
  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<simulator::Simulator> simulator_;
  std::unique_ptr<Config> config_;
  SystemClock clock_;
  std::unique_ptr<runtime::App> app_;
};

http::Client& http_client();

}  // namespace centralita::tests
