#include "tests/support/simulator/simulator.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "libs/base/clock.h"
#include "libs/base/encoding.h"
#include "libs/http/client.h"
#include "libs/http/server.h"
#include "libs/security/security.h"
#include "tests/support/eventually.h"

using namespace centralita;
using namespace std::chrono_literals;
using Json = nlohmann::json;
using http::ClientResponse;
using http::Outcome;

namespace {

constexpr auto kMessages = "/2010-04-01/Accounts/AC1/Messages.json";
constexpr auto kConversation = "/api/v1/accounts/7/conversations/88/messages";
const Form kHola{{"To", "whatsapp:+573001234567"}, {"From", "whatsapp:+573005550101"}, {"Body", "Hola, ¿qué tal?"}};

/// A simulator and what is asked of it.
struct World {
  ClientResponse call(const std::string& method, const std::string& path, const std::string& body = "",
                      http::Headers headers = {}) {
    return client.send(request(method, path, body, std::move(headers)));
  }
  http::ClientRequest request(const std::string& method, const std::string& path, const std::string& body,
                              http::Headers headers) const {
    http::ClientRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(simulator.port()) + path;
    request.headers = std::move(headers);
    request.body = body;
    request.timeout = 10s;
    return request;
  }

  ClientResponse twilio(const Form& form) { return client.send(twilio_request(form)); }
  http::ClientRequest twilio_request(const Form& form) const {
    return request("POST", kMessages, format_form(form),
                   {{"Authorization", basic}, {"Content-Type", "application/x-www-form-urlencoded"}});
  }
  Json twilio_get(const std::string& path) { return json(call("GET", path, "", {{"Authorization", basic}})); }
  ClientResponse chatwoot(const std::string& method, const std::string& path, const Json& body = {}) {
    return call(method, path, body.is_null() ? "" : body.dump(),
                {{"api_access_token", "t"}, {"Content-Type", "application/json"}});
  }
  ClientResponse model(const Json& body) {
    return call("POST", "/v1/chat/completions", body.dump(),
                {{"Authorization", "Bearer sk-demo"}, {"Content-Type", "application/json"}});
  }
  void behave(const Json& behaviour) { REQUIRE(call("POST", "/_behaviour", behaviour.dump()).status == 200); }
  Json sent(const std::string& query = "after=0") { return json(call("GET", "/_sent?" + query)); }

  static Json json(const ClientResponse& response) {
    INFO(response.status << ' ' << response.error << ' ' << response.body);
    REQUIRE(response.ok());
    return Json::parse(response.body);
  }

  const std::string basic = "Basic " + to_base64("AC1:token");
  simulator::Simulator simulator;
  http::Client client{{.allow_private_addresses = true}};
};

Json question(const std::string& text) {
  return {{"model", "eco"},
          {"messages", {{{"role", "system"}, {"content", "x"}}, {{"role", "user"}, {"content", text}}}}};
}

std::string said(const ClientResponse& response) {
  return World::json(response)["choices"][0]["message"]["content"].get<std::string>();
}

}  // namespace

TEST_CASE("Twilio takes a message, and shows it with the fields of its documentation") {
  World world;
  const auto response = world.twilio(kHola);
  REQUIRE(response.status == 201);
  const auto made = Json::parse(response.body);
  CHECK(made["sid"].get<std::string>().starts_with("SM"));
  CHECK(made["sid"].get<std::string>().size() == 34);
  CHECK(made["status"] == "queued");
  CHECK(made["num_segments"] == "1");
  CHECK(made["price"].is_null());
  CHECK(made["date_created"].get<std::string>().ends_with(" +0000"));
  const auto again = world.twilio_get(made["uri"]);
  CHECK(again["body"] == "Hola, ¿qué tal?");
  CHECK(world.call("GET", "/2010-04-01/Accounts/AC1/Messages/SM0.json", "", {{"Authorization", world.basic}}).status ==
        404);
}

TEST_CASE("Twilio refuses what it would refuse, with its codes") {
  World world;
  CHECK(world.call("POST", kMessages, format_form(kHola)).status == 401);
  const auto [form, code] = GENERATE(table<Form, int>({
      {{{"From", "+1"}, {"Body", "x"}}, 21604},
      {{{"To", "123"}, {"From", "+1"}, {"Body", "x"}}, 21211},
      {{{"To", "+573001234567"}, {"Body", "x"}}, 21603},
      {{{"To", "+573001234567"}, {"From", "+1"}}, 21602},
      {{{"To", "+573001234567"}, {"From", "+1"}, {"Body", std::string(1'601, 'x')}}, 21617},
  }));
  const auto response = world.twilio(form);
  CHECK(response.status == 400);
  CHECK(Json::parse(response.body)["code"] == code);
  CHECK(Json::parse(response.body)["status"] == 400);
  CHECK(world.sent().back()["accepted"] == false);
}

TEST_CASE("Twilio's list is newest first, filtered and in pages that do not shift") {
  World world;
  for (int i = 0; i < 5; ++i)
    world.twilio({{"To", i % 2 ? "+573001111111" : "+573002222222"}, {"From", "+1"}, {"Body", std::to_string(i)}});
  const auto first = world.twilio_get(std::string(kMessages) + "?PageSize=2&To=%2B573002222222");
  REQUIRE(first["messages"].size() == 2);
  CHECK(first["messages"][0]["body"] == "4");
  CHECK(first["messages"][1]["body"] == "2");
  world.twilio({{"To", "+573002222222"}, {"From", "+1"}, {"Body", "5"}});
  const auto second = world.twilio_get(first["next_page_uri"]);
  REQUIRE(second["messages"].size() == 1);
  CHECK(second["messages"][0]["body"] == "0");
  CHECK(second["next_page_uri"].is_null());

  const auto count = [&](const std::string& filter) {
    return world.twilio_get(std::string(kMessages) + "?" + filter)["messages"].size();
  };
  CHECK(tests::eventually([&] { return count("DateSent%3E=2020-01-01") == 6; }));
  CHECK(count("DateSent%3C=2020-01-01") == 0);
  CHECK(count("DateSent=" + format_time(SystemClock().now()).substr(0, 10)) == 6);
  CHECK(count("From=%2B2") == 0);
}

TEST_CASE("Twilio reports sent and then delivered, signed, and again when nobody would hear it") {
  World world;
  std::mutex mutex;
  std::vector<http::Request> got;
  http::Server server({});
  server.route("POST", "/hook", [&](http::Request request, const http::Reply& reply) {
    const std::lock_guard lock(mutex);
    got.push_back(std::move(request));
    reply({got.size() == 1 ? 503 : 200});
  });
  server.start();
  auto form = kHola;
  const auto url = "http://127.0.0.1:" + std::to_string(server.port()) + "/hook?message=ñ%20x";
  form.emplace_back("StatusCallback", url);

  world.behave({{"provider", "twilio"}, {"mode", "no_callbacks"}, {"count", 1}});
  REQUIRE(world.twilio(form).status == 201);
  const auto sid = Json::parse(world.twilio(form).body)["sid"].get<std::string>();
  const auto calls = [&] {
    const std::lock_guard lock(mutex);
    return got;
  };
  REQUIRE(tests::eventually([&] { return calls().size() == 3; }));
  std::vector<std::string> statuses;
  for (const auto& call : calls()) {
    auto fields = parse_form(call.body);
    std::sort(fields.begin(), fields.end());
    auto data = url;
    for (const auto& [name, value] : fields) {
      data += name + value;
      if (name == "MessageStatus") statuses.push_back(value);
      if (name == "MessageSid") CHECK(value == sid);
    }
    CHECK(call.header("X-Twilio-Signature") == to_base64(security::hmac_sha1("token", data)));
  }
  CHECK(statuses == std::vector<std::string>{"sent", "sent", "delivered"});
}

TEST_CASE("Chatwoot keeps what is written to a conversation, our attributes included, in pages from the newest") {
  World world;
  CHECK(world.call("POST", kConversation, "{}", {{"Content-Type", "application/json"}}).status == 401);
  CHECK(Json::parse(world.chatwoot("GET", kConversation).body)["payload"].empty());
  for (int i = 0; i < 25; ++i) {
    const auto made = World::json(world.chatwoot(
        "POST", kConversation, {{"content", std::to_string(i)}, {"content_attributes", {{"our_id", i}}}}));
    CHECK(made["message_type"] == 1);
    CHECK(made["content_attributes"]["our_id"] == i);
  }
  const auto newest = World::json(world.chatwoot("GET", kConversation))["payload"];
  REQUIRE(newest.size() == 20);
  CHECK(newest[0]["content"] == "5");
  CHECK(newest[19]["content"] == "24");
  const auto before = "?before=" + newest[0]["id"].dump();
  const auto older = World::json(world.chatwoot("GET", kConversation + before))["payload"];
  REQUIRE(older.size() == 5);
  CHECK(older[0]["content"] == "0");
  const auto after = "?after=" + newest[18]["id"].dump();
  CHECK(World::json(world.chatwoot("GET", kConversation + after))["payload"].size() == 1);
  CHECK(world.chatwoot("POST", kConversation, {{"content", std::string(150'001, 'x')}}).status == 422);
  CHECK(world.chatwoot("GET", "/api/v1/accounts/7/conversations/none/messages").status == 404);
}

TEST_CASE("Chatwoot makes contacts once, finds them, and talks with them") {
  World world;
  const std::string account = "/api/v1/accounts/7";
  const Json ana{{"inbox_id", 5}, {"name", "Ana Gómez"}, {"phone_number", "+573001234567"}};
  const auto made = World::json(world.chatwoot("POST", account + "/contacts", ana))["payload"];
  const auto id = made["contact"]["id"].get<int64_t>();
  const auto taken = world.chatwoot("POST", account + "/contacts", ana);
  CHECK(taken.status == 422);
  CHECK(Json::parse(taken.body)["message"] == "Phone number has already been taken");
  CHECK(World::json(world.chatwoot("GET", account + "/contacts/search?q=%2B57300"))["payload"][0]["id"] == id);
  const Json filter{{"payload",
                     {{{"attribute_key", "phone_number"},
                       {"filter_operator", "equal_to"},
                       {"values", {"+573001234567"}},
                       {"query_operator", nullptr}}}}};
  CHECK(World::json(world.chatwoot("POST", account + "/contacts/filter", filter))["meta"]["count"] == 1);

  CHECK(world.chatwoot("POST", account + "/conversations", {{"contact_id", 1}}).status == 404);
  const auto conversation = World::json(world.chatwoot(
      "POST", account + "/conversations", {{"contact_id", id}, {"inbox_id", 5}, {"message", {{"content", "Hola"}}}}));
  const auto path = account + "/conversations/" + conversation["id"].dump();
  CHECK(World::json(world.chatwoot("POST", path + "/labels", {{"labels", {"vip"}}}))["payload"] == Json{"vip"});
  CHECK(World::json(world.chatwoot("POST", path + "/assignments", {{"assignee_id", 9}}))["id"] == 9);
  const auto toggled = World::json(world.chatwoot("POST", path + "/toggle_status", {{"status", "resolved"}}));
  CHECK(toggled["payload"]["current_status"] == "resolved");
  const auto listed = World::json(world.chatwoot("GET", account + "/conversations?status=resolved&inbox_id=5"))["data"];
  CHECK(listed["meta"]["all_count"] == 1);
  CHECK(listed["payload"][0]["meta"]["sender"]["id"] == id);
  CHECK(world.chatwoot("POST", account + "/conversations", {{"contact_id", id}, {"status", 5}}).status == 400);
}

TEST_CASE("a model says what the user said, whole or as a stream") {
  World world;
  CHECK(said(world.model(question("¿Hay cita?"))) == "Eco: ¿Hay cita?");
  auto streamed = question("¿Hay cita hoy?");
  streamed["stream"] = true;
  streamed["stream_options"] = {{"include_usage", true}};
  const auto response = world.model(streamed);
  REQUIRE(response.ok());
  std::string text;
  bool done = false;
  Json last;
  std::istringstream lines(response.body);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    REQUIRE(line.starts_with("data: "));
    done = line == "data: [DONE]";
    if (done) continue;
    last = Json::parse(line.substr(6));
    if (!last["choices"].empty()) text += last["choices"][0]["delta"].value("content", "");
  }
  CHECK(done);
  CHECK(text == "Eco: ¿Hay cita hoy?");
  CHECK(last["usage"]["total_tokens"] > 0);
  CHECK(world.model({{"model", "eco"}}).status == 400);
  CHECK(World::json(world.call("GET", "/v1/models"))["data"].size() == 2);
}

TEST_CASE("a model can be told what to say, and to say too much, nothing or no") {
  World world;
  world.behave({{"provider", "openai"}, {"reply", "El viernes a las 10."}});
  CHECK(said(world.model(question("x"))) == "El viernes a las 10.");
  world.behave({{"provider", "openai"}, {"mode", "ramble"}});
  CHECK(said(world.model(question("x"))).size() == 20'000);
  world.behave({{"provider", "openai"}, {"mode", "empty"}});
  CHECK(said(world.model(question("x"))).empty());
  world.behave({{"provider", "openai"}, {"mode", "refusal"}});
  CHECK(World::json(world.model(question("x")))["choices"][0]["message"]["content"].is_null());
}

TEST_CASE("a provider errs as often as it was told, in its own words, and can be asked all the while") {
  World world;
  world.behave({{"provider", "twilio"}, {"mode", "status"}, {"status", 429}, {"retryAfter", 2}, {"count", 1}});
  CHECK(world.twilio_get(kMessages)["messages"].empty());
  const auto refused = world.twilio(kHola);
  CHECK(refused.status == 429);
  CHECK(refused.headers.at("Retry-After") == "2");
  CHECK(Json::parse(refused.body)["code"] == 20429);
  CHECK(world.twilio(kHola).status == 201);
  world.behave({{"provider", "twilio"}, {"mode", "status"}, {"status", 400}, {"code", 63016}, {"path", "Messages"}});
  CHECK(Json::parse(world.twilio(kHola).body)["code"] == 63016);
  CHECK(world.call("GET", kMessages, "", {{"Authorization", world.basic}}).status == 400);
  CHECK(World::json(world.call("GET", "/_behaviour")).size() == 1);
  world.call("DELETE", "/_behaviour");
  CHECK(world.twilio(kHola).status == 201);
  world.behave({{"provider", "openai"}, {"mode", "garbage"}});
  CHECK_FALSE(Json::accept(world.model(question("x")).body));
  for (const auto* wrong :
       {"[]", "{", R"({"provider":"x","mode":"ok"})", R"({"provider":"twilio"})",
        R"({"provider":"twilio","mode":"ramble"})", R"({"provider":"twilio","mode":"ok","count":"1"})"})
    CHECK(world.call("POST", "/_behaviour", wrong).status == 400);
}

TEST_CASE("a provider that hangs up has the message, or has it not, as it was told") {
  World world;
  const auto [mode, messages] = GENERATE(
      table<std::string, size_t>({{"hang_up_after_accepting", 1}, {"hang_up_before_accepting", 0}, {"hang_up", 0}}));
  world.behave({{"provider", "twilio"}, {"mode", mode}, {"count", 1}});
  CHECK(world.twilio(kHola).outcome == Outcome::kUnknown);
  CHECK(world.twilio_get(kMessages)["messages"].size() == messages);
  const auto sent = world.sent();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0]["status"] == 0);
  CHECK(sent[0]["accepted"] == (messages == 1));
}

TEST_CASE("a provider that hangs lets go when it is told to, and does not keep the simulator from ending") {
  auto world = std::make_unique<World>();
  world->behave({{"provider", "openai"}, {"mode", "hang"}});
  const auto ask = [&world] {
    auto answer = std::make_shared<std::promise<ClientResponse>>();
    world->client.send(world->request("POST", "/v1/chat/completions", question("x").dump(), {}),
                       [answer](ClientResponse response) { answer->set_value(std::move(response)); });
    return answer->get_future();
  };
  auto first = ask();
  CHECK(world->sent("after=0&wait=5000").size() == 1);
  world->call("DELETE", "/_behaviour");
  CHECK(first.get().outcome == Outcome::kUnknown);

  world->behave({{"provider", "openai"}, {"mode", "hang"}});
  auto second = ask();
  CHECK(world->sent("after=1&wait=5000").size() == 1);
  const auto begin = std::chrono::steady_clock::now();
  world.reset();
  CHECK(second.get().outcome == Outcome::kUnknown);
  CHECK(std::chrono::steady_clock::now() - begin < 3s);
}

TEST_CASE("a slow provider accepts although its caller has gone") {
  World world;
  world.behave({{"provider", "twilio"}, {"mode", "slow"}, {"delayMs", 300}, {"count", 1}});
  auto request = world.twilio_request(kHola);
  request.timeout = 50ms;
  CHECK(world.client.send(request).outcome == Outcome::kUnknown);
  CHECK(world.sent("after=0&wait=5000")[0]["accepted"] == true);
}

TEST_CASE("what was received is told in order, by provider, without credentials, and can be waited for and forgotten") {
  World world;
  auto form = kHola;
  form.emplace_back("MediaUrl", "https://example.com/1.jpg");
  form.emplace_back("MediaUrl", "https://example.com/2.jpg");
  world.twilio(form);
  world.chatwoot("POST", kConversation, {{"content", "Hola"}});
  world.twilio_get(kMessages);
  const auto all = world.sent();
  REQUIRE(all.size() == 2);
  CHECK(all[0]["seq"] == 1);
  CHECK(parse_time(all[0]["at"].get<std::string>()));
  CHECK(all[0]["form"]["Body"] == "Hola, ¿qué tal?");
  CHECK(all[0]["form"]["MediaUrl"].size() == 2);
  CHECK(all[0]["headers"]["Authorization"] == "Basic ***");
  CHECK(all[1]["json"]["content"] == "Hola");
  CHECK(all[1]["headers"]["api_access_token"] == "***");
  CHECK(world.sent("after=1").size() == 1);
  CHECK(world.sent("after=0&provider=chatwoot")[0]["seq"] == 2);
  CHECK(world.sent("after=2&wait=20").empty());

  auto later = std::async(std::launch::async, [&] { return world.sent("after=2&provider=twilio&wait=5000"); });
  world.twilio(kHola);
  CHECK(later.get().size() == 1);
  world.call("POST", "/_reset");
  CHECK(world.sent().empty());
  CHECK(world.twilio_get(kMessages)["messages"].empty());
  world.twilio(kHola);
  CHECK(world.sent("after=3").size() == 1);
}

TEST_CASE("two thousand messages at once are all accepted, each with an id of its own") {
  World world;
  constexpr int kCount = 2'000;
  std::atomic<int> accepted{0};
  std::promise<void> all;
  std::atomic<int> left{kCount};
  for (int i = 0; i < kCount; ++i)
    world.client.send(world.twilio_request(kHola), [&](const ClientResponse& response) {
      accepted += response.status == 201;
      if (--left == 0) all.set_value();
    });
  REQUIRE(all.get_future().wait_for(30s) == std::future_status::ready);
  CHECK(accepted == kCount);
  CHECK(world.sent().size() == kCount);
  CHECK(world.twilio_get(std::string(kMessages) + "?PageSize=1000")["messages"].size() == 1'000);
}
