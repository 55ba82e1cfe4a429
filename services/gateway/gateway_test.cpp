#include "services/gateway/gateway.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <nlohmann/json.hpp>

#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "libs/http/client.h"
#include "libs/rpc/serve.h"
#include "libs/rpc/token.h"
#include "proto/descriptors.h"

using namespace centralita;
using namespace centralita::accounts::v1;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

class TestClock final : public Clock {
 public:
  Time now() const override { return SystemClock{}.now() + ahead.load(); }
  std::atomic<std::chrono::microseconds> ahead{};
};

/// The accounts service at the far side of the wire: two keys, one channel, and an answer of the test's own.
class Accounts final : public Directory::Service, public Channels::Service {
 public:
  grpc::Status Authenticate(grpc::ServerContext* context, const AuthenticateRequest* request,
                            AuthenticateResponse* response) override {
    return rpc::serve(context, *request, [&](const rpc::Call& call) {
      ++authentications;
      CHECK(call.subject == "service:gateway");
      const auto& key = request->api_key();
      if (key != "ck_ana" && key != "ck_luis")
        throw Error(Code::kUnauthenticated, "UNKNOWN_KEY", "Nobody has this key.");
      response->set_tenant_id("tenant-1");
      response->set_subject(key == "ck_ana" ? "key:1" : "key:2");
      response->add_permissions(key == "ck_ana" ? "channels.*" : "channels.view");
    });
  }
  grpc::Status GetChannel(grpc::ServerContext* context, const GetChannelRequest* request, Channel* channel) override {
    return rpc::serve(context, *request, [&](const rpc::Call& call) {
      seen = call;
      get(*request, *channel);
    });
  }
  grpc::Status CreateChannel(grpc::ServerContext* context, const CreateChannelRequest* request,
                             Channel* channel) override {
    return rpc::serve(context, *request, [&](const rpc::Call&) { *channel = request->channel(); });
  }
  grpc::Status DeleteChannel(grpc::ServerContext* context, const DeleteChannelRequest* request,
                             google::protobuf::Empty*) override {
    return rpc::serve(context, *request, [](const rpc::Call&) {});
  }

  std::function<void(const GetChannelRequest&, Channel&)> get = [](auto& request, auto& channel) {
    channel.set_id(request.id());
  };
  std::atomic<int> authentications = 0;
  rpc::Call seen;
};

/// Gateway and accounts, each behind a port of its own.
struct Edge {
  explicit Edge(std::chrono::milliseconds timeout = 10s) {
    rpc::set_internal_key("a key of the tests, shared by everybody");
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(static_cast<Directory::Service*>(&accounts));
    builder.RegisterService(static_cast<Channels::Service*>(&accounts));
    rpc_server = builder.BuildAndStart();
    const auto address = "127.0.0.1:" + std::to_string(port);
    rpc::Peers peers;
    // A channel of its own for each, so that nobody shares a connection with who is away.
    peers.set("accounts", grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    peers.set("conversations", grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials()));
    peers.set("agent-orchestrator", grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    gateway = std::make_unique<gateway::Gateway>(catalogue, peers, clock, timeout);
    server.route("*", "/v1/**", [this](http::Request request, http::Reply reply) {
      gateway->handle(std::move(request), std::move(reply));
    });
    server.start();
  }
  ~Edge() { server.stop(10s); }

  http::ClientResponse send(http::ClientRequest request) {
    request.url = "http://127.0.0.1:" + std::to_string(server.port()) + request.url;
    auto response = client.send(std::move(request));
    REQUIRE(response.outcome == http::Outcome::kAnswered);
    return response;
  }
  http::ClientResponse get(const std::string& path, http::Headers headers = {{"Authorization", "Bearer ck_ana"}}) {
    return send({.method = "GET", .url = path, .headers = std::move(headers)});
  }

  const gateway::Catalogue catalogue{descriptor_set()};
  TestClock clock;
  Accounts accounts;
  std::unique_ptr<grpc::Server> rpc_server;
  std::unique_ptr<gateway::Gateway> gateway;
  http::Server server{{}};
  http::Client client{{.allow_private_addresses = true}};
};

json problem_in(const http::ClientResponse& response) {
  CHECK(response.headers.at("Content-Type").starts_with("application/problem+json"));
  auto problem = json::parse(response.body);
  CHECK(problem["status"] == response.status);
  CHECK(problem["traceId"] == response.headers.at("X-Trace-Id"));
  return problem;
}

}  // namespace

TEST_CASE("a request becomes a call on behalf of who holds the key, in the client's trace") {
  Edge edge;
  const auto response = edge.get(
      "/v1/channels/7",
      {{"Authorization", "bearer ck_ana"}, {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}});
  CHECK(response.status == 200);
  CHECK(response.headers.at("Content-Type").starts_with("application/json"));
  CHECK(json::parse(response.body)["id"] == "7");
  CHECK(response.headers.at("X-Trace-Id") == "0af7651916cd43dd8448eb211c80319c");
  CHECK(edge.accounts.seen.tenant_id == "tenant-1");
  CHECK(edge.accounts.seen.subject == "key:1");
  CHECK(edge.accounts.seen.trace.trace_id == "0af7651916cd43dd8448eb211c80319c");
  CHECK(edge.get("/v1/channels/7", {{"X-Api-Key", "ck_ana"}}).status == 200);
}

TEST_CASE("a resource is created from its JSON, and deleting answers with nothing") {
  Edge edge;
  const auto created = edge.send({.method = "POST",
                                  .url = "/v1/channels",
                                  .headers = {{"X-Api-Key", "ck_ana"}, {"Content-Type", "application/json"}},
                                  .body = R"({"name": "Ventas", "settings": {"number": "+573001234567"}})"});
  CHECK(created.status == 200);
  CHECK(json::parse(created.body)["settings"]["number"] == "+573001234567");
  const auto deleted = edge.send({.method = "DELETE", .url = "/v1/channels/7", .headers = {{"X-Api-Key", "ck_ana"}}});
  CHECK(deleted.status == 204);
  CHECK(deleted.body.empty());
}

TEST_CASE("nobody comes in without a key that somebody holds") {
  Edge edge;
  for (const auto& headers : std::vector<http::Headers>{{},
                                                        {{"Authorization", "Bearer ck_nobody"}},
                                                        {{"Authorization", "Bearer "}},
                                                        {{"Authorization", "Basic Y2s6YW5h"}},
                                                        {{"Authorization", "ck_ana"}},
                                                        {{"X-Api-Key", std::string(600, 'k')}},
                                                        {{"X-Api-Key", "ck ana"}}}) {
    const auto response = edge.get("/v1/channels/7", headers);
    CHECK(response.status == 401);
    CHECK(response.headers.at("WWW-Authenticate").starts_with("Bearer"));
    CHECK(problem_in(response)["code"] == "UNAUTHENTICATED");
  }
  CHECK(edge.accounts.authentications == 1);
}

TEST_CASE("accounts is asked about a key now and then, not with every request") {
  Edge edge;
  for (int i = 0; i < 5; ++i) CHECK(edge.get("/v1/channels/7").status == 200);
  for (int i = 0; i < 5; ++i) CHECK(edge.get("/v1/channels/7", {{"X-Api-Key", "ck_nobody"}}).status == 401);
  CHECK(edge.accounts.authentications == 2);
  edge.clock.ahead = 3s;
  edge.get("/v1/channels/7");
  edge.get("/v1/channels/7", {{"X-Api-Key", "ck_nobody"}});
  CHECK(edge.accounts.authentications == 3);
  edge.clock.ahead = 11s;
  edge.get("/v1/channels/7");
  CHECK(edge.accounts.authentications == 4);
}

TEST_CASE("a failure of the service is told in full") {
  Edge edge;
  edge.accounts.get = [](auto&&...) {
    Error error(Code::kInvalidArgument, "INVALID_FIELD", "id: is no id");
    error.fields = {{"id", "is no id"}};
    throw error;
  };
  const auto problem = problem_in(edge.get("/v1/channels/7"));
  CHECK(problem["status"] == 400);
  CHECK(problem["code"] == "INVALID_ARGUMENT");
  CHECK(problem["reason"] == "INVALID_FIELD");
  CHECK(problem["detail"] == "id: is no id");
  CHECK(problem["fields"] == json::parse(R"([{"field": "id", "message": "is no id"}])"));
}

TEST_CASE("a failure inside the service is told by its trace only") {
  Edge edge;
  edge.accounts.get = [](auto&&...) {
    throw Error(Code::kInternal, "ROW_BROKEN", "Row 7 of table channel is broken.");
  };
  const auto response = edge.get("/v1/channels/7");
  CHECK(problem_in(response)["code"] == "INTERNAL");
  CHECK(response.status == 500);
  CHECK(response.body.find("ROW") == std::string::npos);
  CHECK(response.body.find("table") == std::string::npos);
}

TEST_CASE("what may succeed later says when to come back") {
  Edge edge;
  edge.accounts.get = [](auto&&...) {
    Error error(Code::kResourceExhausted, "TOO_MANY", "Not so fast.");
    error.retry_after = 2500ms;
    throw error;
  };
  const auto limited = edge.get("/v1/channels/7");
  CHECK(limited.status == 429);
  CHECK(limited.headers.at("Retry-After") == "3");

  const auto away = edge.get("/v1/conversations/7");
  CHECK(away.status == 503);
  CHECK(away.headers.at("Retry-After") == "1");
  CHECK(away.body.find("127.0.0.1") == std::string::npos);
  CHECK(problem_in(away)["code"] == "UNAVAILABLE");

  edge.rpc_server->Shutdown(std::chrono::system_clock::now());
  const auto unknown = edge.get("/v1/channels/7", {{"X-Api-Key", "ck_new"}});
  CHECK(unknown.status == 503);
  CHECK(unknown.body.find("127.0.0.1") == std::string::npos);
}

TEST_CASE("a key opens only what its permissions say") {
  Edge edge;
  CHECK(edge.get("/v1/channels/7", {{"X-Api-Key", "ck_luis"}}).status == 200);
  const auto denied = edge.send({.method = "DELETE", .url = "/v1/channels/7", .headers = {{"X-Api-Key", "ck_luis"}}});
  CHECK(denied.status == 403);
  CHECK(problem_in(denied)["code"] == "PERMISSION_DENIED");
}

TEST_CASE("an RPC that its service does not serve is our mistake, not the client's") {
  Edge edge;
  CHECK(problem_in(edge.get("/v1/agents"))["code"] == "INTERNAL");
}

TEST_CASE("what has no RPC behind it is not found, and a wrong method is named") {
  Edge edge;
  CHECK(problem_in(edge.get("/v1/nothing"))["reason"] == "NO_SUCH_PATH");
  const auto put = edge.send({.method = "PUT", .url = "/v1/channels/7", .headers = {{"X-Api-Key", "ck_ana"}}});
  CHECK(put.status == 405);
  CHECK_THAT(put.headers.at("Allow"), Catch::Contains("PATCH") && Catch::Contains("GET"));
  const auto form = edge.send({.method = "POST",
                               .url = "/v1/channels",
                               .headers = {{"X-Api-Key", "ck_ana"}, {"Content-Type", "text/plain"}},
                               .body = "{}"});
  CHECK(form.status == 415);
  CHECK(edge.get("/v1/channels?colour=red").status == 400);
}

TEST_CASE("a slow service costs the client the timeout and no thread") {
  Edge edge(500ms);
  std::promise<void> over;
  edge.accounts.get = [&, wait = over.get_future().share()](auto&&...) { wait.wait_for(10s); };
  const auto slow = edge.get("/v1/channels/7");
  CHECK(slow.status == 504);
  CHECK(problem_in(slow)["code"] == "DEADLINE_EXCEEDED");
  over.set_value();
}

TEST_CASE("a hundred requests at once are each answered with what is theirs") {
  Edge edge;
  std::vector<std::future<http::ClientResponse>> answers;
  for (int i = 0; i < 100; ++i) {
    auto answer = std::make_shared<std::promise<http::ClientResponse>>();
    answers.push_back(answer->get_future());
    edge.client.send(
        {.url = "http://127.0.0.1:" + std::to_string(edge.server.port()) + "/v1/channels/" + std::to_string(i),
         .headers = {{"X-Api-Key", "ck_ana"}}},
        [answer](http::ClientResponse response) { answer->set_value(std::move(response)); });
  }
  for (int i = 0; i < 100; ++i) {
    const auto response = answers[i].get();
    REQUIRE(response.status == 200);
    CHECK(json::parse(response.body)["id"] == std::to_string(i));
  }
}
