#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "libs/bus/postgres/postgres_bus.h"
#include "services/all/modules.h"
#include "tests/support/process.h"
#include "tests/support/suite.h"

using namespace centralita;
using namespace centralita::tests;
using namespace std::chrono_literals;

namespace {

int free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(bind(probe, reinterpret_cast<sockaddr*>(&address), length) == 0);
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length);
  close(probe);
  return ntohs(address.sin_port);
}

/// `centralita serve` as a process that can be killed and started again, beside a simulator that lives on.
class Deployment {
 public:
  Deployment() : port_(free_port()) {
    const auto name = std::to_string(getpid());
    log_ = (std::filesystem::temp_directory_path() / ("centralita-kill-" + name + ".log")).string();
    std::filesystem::remove(log_);
    std::vector<const pg::Schema*> schemas{&bus::schema()};
    for (const auto& module : all_modules())
      if (module.schema) schemas.push_back(module.schema);
    database_ = std::make_unique<TestDatabase>(schemas);
    environment_ = {{"CENTRALITA_POSTGRES_DSN", database_->app_dsn()},
                    {"CENTRALITA_HTTP_PORT", std::to_string(port_)},
                    {"CENTRALITA_SECURITY_INTERNAL_KEY", to_base64(std::string(32, 'i'))},
                    {"CENTRALITA_SECURITY_VAULT_KEYS", "t1:" + to_base64(std::string(32, 'v'))},
                    {"CENTRALITA_LOG_LEVEL", "warn"},
                    {"CENTRALITA_AGENTS_ALLOW_PRIVATE_ADDRESSES", "true"},
                    {"CENTRALITA_DELIVERY_ALLOW_PRIVATE_ADDRESSES", "true"},
                    {"CENTRALITA_DELIVERY_RECONCILE_AFTER", "300ms"},
                    {"CENTRALITA_DELIVERY_ABANDONED_AFTER", "1s"},
                    {"CENTRALITA_BUS_LEASE", "1s"},
                    {"CENTRALITA_PUBLIC_URL", gateway()}};
    start();
  }
  ~Deployment() {
    std::filesystem::remove(log_ + ".out");
    if (std::uncaught_exceptions() == 0) std::filesystem::remove(log_);  // a test that failed keeps its log
  }

  void start() {
    process_ =
        std::make_unique<Process>(std::vector<std::string>{program("CENTRALITA_BIN"), "serve"}, environment_, log_);
  }
  void kill() {
    process_->signal(SIGKILL);
    process_->wait();
  }
  int stop() {
    process_->signal(SIGTERM);
    return process_->wait();
  }
  bool ready() const {
    http::ClientRequest request;
    request.url = gateway() + "/readyz";
    return http_client().send(request).status == 200;
  }

  Business new_business() {
    const auto made = run({"tenant", "create", "--name", "Clínica", "--region", "CO"});
    return {[this] { return gateway(); }, made["tenantId"], made["apiKey"]};
  }
  Json run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program("CENTRALITA_BIN"));
    const auto output = log_ + ".out";
    std::filesystem::remove(output);
    REQUIRE(Process(arguments, environment_, output).wait() == 0);
    std::ifstream file(output);
    return Json::parse(file);
  }

  std::string gateway() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string provider_url() const { return "http://127.0.0.1:" + std::to_string(simulator_.port()); }

  /// What the provider accepted, by recipient, in order.
  std::map<std::string, std::vector<std::string>> delivered() const {
    http::ClientRequest request;
    request.url = provider_url() + "/_sent?after=0&provider=twilio";
    request.max_response = 64 << 20;
    std::map<std::string, std::vector<std::string>> all;
    for (const auto& sent : Json::parse(http_client().send(request).body))
      if (sent["accepted"] == true) all[sent["form"]["To"]].push_back(sent["form"]["Body"]);
    return all;
  }

 private:
  int port_;
  std::string log_;
  std::unique_ptr<TestDatabase> database_;
  simulator::Simulator simulator_;
  std::map<std::string, std::string> environment_;
  std::unique_ptr<Process> process_;
};

}  // namespace

TEST_CASE("killed at random moments of 500 messages, the product answers each exactly once and in order") {
  constexpr int kCustomers = 50;
  constexpr int kRounds = 10;
  Deployment deployment;
  eventually("the first start", [&] { return deployment.ready(); });
  const auto business = deployment.new_business();
  const auto agent =
      business.create_agent({{"responder", "MODEL"},
                             {"debounceMs", 20},
                             {"model", {{"baseUrl", deployment.provider_url() + "/v1"}, {"model", "eco"}}}});
  const TwilioChannel channel(
      business, [&] { return deployment.gateway(); }, deployment.provider_url(), agent["id"]);

  std::atomic<bool> finished{false};
  std::jthread killer([&] {
    std::mt19937 random{std::random_device{}()};
    std::uniform_int_distribution<int> pause(300, 2'500);
    while (!finished) {
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(pause(random));
      while (!finished && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(5ms);
      if (finished) break;
      deployment.kill();
      deployment.start();
      while (!finished && !deployment.ready()) std::this_thread::sleep_for(10ms);
    }
  });

  // Like a provider: a webhook that is not answered with 200 is sent again. Like a customer: the next message is
  // written when the answer is there.
  std::vector<std::string> phones;
  for (int i = 0; i < kCustomers; ++i) phones.push_back(new_phone());
  const auto text = [](int customer, int round) {
    return "pregunta " + std::to_string(customer) + "-" + std::to_string(round);
  };
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kCustomers; ++i) {
      const auto form = channel.text_message(phones[static_cast<size_t>(i)], text(i, round));
      eventually(
          "the webhook to be accepted", [&] { return channel.post(form) == 200; }, 60s);
    }
    eventually(
        "every answer of round " + std::to_string(round),
        [&] {
          const auto delivered = deployment.delivered();
          return std::all_of(phones.begin(), phones.end(), [&](const std::string& phone) {
            const auto found = delivered.find("whatsapp:" + phone);
            return found != delivered.end() && found->second.size() > static_cast<size_t>(round);
          });
        },
        120s);
  }
  finished = true;
  killer.join();

  eventually("the last start", [&] { return deployment.ready(); });
  // Every message that is still under way arrives before what is said now.
  for (const auto& phone : phones) business.post("/api/whatsapp/send", {{"to", phone}, {"body", "fin"}});
  eventually(
      "the last messages",
      [&] {
        const auto delivered = deployment.delivered();
        return std::all_of(phones.begin(), phones.end(),
                           [&](const std::string& phone) { return delivered.at("whatsapp:" + phone).back() == "fin"; });
      },
      60s);
  const auto delivered = deployment.delivered();
  for (int i = 0; i < kCustomers; ++i) {
    std::vector<std::string> expected;
    for (int round = 0; round < kRounds; ++round) expected.push_back("Eco: " + text(i, round));
    expected.push_back("fin");
    CHECK(delivered.at("whatsapp:" + phones[static_cast<size_t>(i)]) == expected);
  }
}

TEST_CASE("told to stop, the process finishes what is under way and ends cleanly within 20 seconds") {
  Deployment deployment;
  eventually("the start", [&] { return deployment.ready(); });
  const auto business = deployment.new_business();
  const TwilioChannel channel(
      business, [&] { return deployment.gateway(); }, deployment.provider_url(), business.create_agent()["id"]);
  for (int i = 0; i < 20; ++i) channel.say(new_phone(), "Hola");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(deployment.stop() == 0);
  CHECK(std::chrono::steady_clock::now() - begin < 20s);

  deployment.start();
  eventually("all answers after the next start", [&] { return deployment.delivered().size() == 20; });
  for (const auto& [phone, bodies] : deployment.delivered()) CHECK(bodies.size() == 1);
}

TEST_CASE("a bad configuration is told at start, with exit code 1") {
  const auto output =
      (std::filesystem::temp_directory_path() / ("centralita-bad-" + std::to_string(getpid()))).string();
  const auto said = [&](std::map<std::string, std::string> environment) {
    std::filesystem::remove(output);
    CHECK(Process({program("CENTRALITA_BIN"), "serve"}, environment, output).wait() == 1);
    std::ifstream file(output);
    std::string text(std::istreambuf_iterator<char>(file), {});
    std::filesystem::remove(output);
    return text;
  };
  CHECK_THAT(said({{"CENTRALITA_HTTP_PORT", "99999"}}),
             Catch::Contains("postgres.dsn") || Catch::Contains("internal_key"));
  CHECK_THAT(said({{"CENTRALITA_SECURITY_INTERNAL_KEY", "short"}}), Catch::Contains("internal_key"));
  CHECK_THAT(said({{"CENTRALITA_SECURITY_INTERNAL_KEY", to_base64(std::string(32, 'i'))},
                   {"CENTRALITA_SECURITY_VAULT_KEYS", "t1:" + to_base64(std::string(32, 'v'))},
                   {"CENTRALITA_POSTGRES_DSN", "postgresql://nobody:x@127.0.0.1:1/none"}}),
             Catch::Contains("centralita: "));
}
