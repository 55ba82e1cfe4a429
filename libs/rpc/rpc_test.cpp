#include <google/protobuf/descriptor.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "centralita/agents/v1/agents.pb.h"
#include "centralita/conversations/v1/conversations.pb.h"
#include "centralita/options.pb.h"
#include "libs/base/metrics.h"
#include "libs/rpc/client.h"
#include "libs/rpc/serve.h"
#include "libs/rpc/token.h"

using namespace centralita;
using namespace std::chrono_literals;
using accounts::v1::GetTenantRequest, accounts::v1::Tenant, accounts::v1::Tenants;

namespace {

const auto kNow = SystemClock{}.now();

/// The accounts service at the far side of a real connection; what it answers is the test's.
class Server {
 public:
  explicit Server(std::function<void(const rpc::Call&, Tenant&)> answer) : service_(std::move(answer)) {
    rpc::set_internal_key("a key of the tests, shared by everybody");
    int port = 0;
    server_ = grpc::ServerBuilder()
                  .AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port)
                  .RegisterService(&service_)
                  .BuildAndStart();
    stub_ =
        Tenants::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  }

  /// The call as it is without libs/rpc on the near side: with whatever metadata.
  grpc::Status raw(std::map<std::string, std::string> metadata) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 10s);
    for (const auto& [name, value] : metadata) context.AddMetadata(name, value);
    Tenant tenant;
    return stub_->GetTenant(&context, {}, &tenant);
  }
  grpc::Status with_token(const std::string& token) { return raw({{rpc::kTokenHeader, token}}); }

  Tenant call(const Caller& caller, std::chrono::milliseconds timeout = 10s) {
    return rpc::call<Tenant>(
        caller, [&](auto* context, auto* reply) { return stub_->GetTenant(context, {}, reply); }, timeout);
  }
  /// The Error that the call gives.
  Error error(const Caller& caller, std::chrono::milliseconds timeout = 10s) {
    try {
      call(caller, timeout);
    } catch (const Error& error) {
      return error;
    }
    throw std::logic_error("the call went well");
  }

 private:
  class Service final : public Tenants::Service {
   public:
    explicit Service(std::function<void(const rpc::Call&, Tenant&)> answer) : answer_(std::move(answer)) {}
    grpc::Status GetTenant(grpc::ServerContext* context, const GetTenantRequest* request, Tenant* tenant) override {
      return rpc::serve(context, *request, [&](const rpc::Call& call) { answer_(call, *tenant); });
    }

   private:
    std::function<void(const rpc::Call&, Tenant&)> answer_;
  };

  Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Tenants::Stub> stub_;
};

Caller staff() { return {"tenant-1", "key:1", {"tenant.view"}, Trace::start()}; }

}  // namespace

TEST_CASE("a service learns who calls, for which tenant, in which trace, and until when") {
  rpc::Call seen;
  std::string logged;
  Server server([&](const rpc::Call& call, Tenant& tenant) {
    seen = call;
    logged = TraceScope::current().trace_id;
    tenant.set_id(call.tenant_id);
  });
  const auto caller = staff();
  CHECK(server.call(caller, 3s).id() == "tenant-1");
  CHECK(seen.subject == "key:1");
  CHECK(seen.permissions == caller.permissions);
  CHECK(seen.trace.trace_id == caller.trace.trace_id);
  CHECK(seen.trace.span_id != caller.trace.span_id);
  CHECK(logged == caller.trace.trace_id);
  CHECK(seen.deadline > std::chrono::system_clock::now());
  CHECK(seen.deadline < std::chrono::system_clock::now() + 4s);
}

TEST_CASE("nobody is served who does not prove who they are") {
  int served = 0;
  Server server([&](auto&&...) { ++served; });
  const auto good = rpc::sign(staff(), kNow);
  CHECK(server.with_token(good).ok());

  auto forged = good;
  forged.back() ^= 1;
  auto forged_mark = good;
  forged_mark.front() ^= 1;
  CHECK(server.raw({}).error_code() == grpc::UNAUTHENTICATED);
  for (const auto& bad : {forged, forged_mark, good.substr(0, 20), good.substr(0, 32), good + "x", std::string("x"),
                          rpc::sign(staff(), kNow - 61s)})
    CHECK(server.with_token(bad).error_code() == grpc::UNAUTHENTICATED);
  CHECK(served == 1);
}

TEST_CASE("nobody is served who lacks the permission of the RPC") {
  int served = 0;
  Server server([&](auto&&...) { ++served; });
  auto caller = staff();
  caller.permissions = {"channels.view", "tenant.manage"};
  const auto error = server.error(caller);
  CHECK(error.code() == Code::kPermissionDenied);
  CHECK(error.reason() == "PERMISSION_DENIED");
  CHECK(error.message().find("tenant.view") != std::string::npos);
  CHECK(served == 0);
  caller.permissions = {"tenant.*"};
  server.call(caller);
  CHECK(served == 1);
}

TEST_CASE("an error survives the wire with its reason, fields and when to come back") {
  Server server([](auto&&...) {
    Error error(Code::kResourceExhausted, "TOO_MANY", "Not so fast, señora.");
    error.fields = {{"message.body", "is too long"}, {"to", "is no phone"}};
    error.retry_after = 1500ms;
    throw error;
  });
  const auto error = server.error(staff());
  CHECK(error.code() == Code::kResourceExhausted);
  CHECK(error.reason() == "TOO_MANY");
  CHECK(error.message() == "Not so fast, señora.");
  REQUIRE(error.fields.size() == 2);
  CHECK(error.fields[1].field == "to");
  CHECK(error.fields[1].message == "is no phone");
  CHECK(error.retry_after == 1500ms);
}

TEST_CASE("an exception that is no Error keeps its text to itself") {
  Server server([](auto&&...) { throw std::runtime_error("Ana Pérez, +57 300 123 4567"); });
  const auto error = server.error(staff());
  CHECK(error.code() == Code::kInternal);
  CHECK(error.message().find("Ana") == std::string::npos);
}

TEST_CASE("a call ends at its deadline") {
  std::promise<void> over;
  Server server([&, wait = over.get_future().share()](auto&&...) { wait.wait_for(10s); });
  const auto start = std::chrono::steady_clock::now();
  CHECK(server.error(staff(), 100ms).code() == Code::kDeadlineExceeded);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
  over.set_value();
}

TEST_CASE("a service that is away for a moment is asked again, twice and no more") {
  std::atomic<int> asked = 0;
  std::atomic<int> failures = 2;
  Server server([&](const rpc::Call&, Tenant& tenant) {
    ++asked;
    if (failures-- > 0) throw Error(Code::kUnavailable, "DATABASE_AWAY", "The database is away.");
    tenant.set_id("back");
  });
  CHECK(server.call(staff()).id() == "back");
  CHECK(asked == 3);

  asked = 0;
  failures = 100;
  CHECK(server.error(staff()).reason() == "DATABASE_AWAY");
  CHECK(asked == 3);
}

TEST_CASE("what is not UNAVAILABLE is not asked again, nor what would come too late") {
  std::atomic<int> asked = 0;
  Error error(Code::kAborted, "AGAIN", "Again.");
  Server server([&](auto&&...) {
    ++asked;
    throw error;
  });
  CHECK(server.error(staff()).code() == Code::kAborted);
  CHECK(asked == 1);

  error = Error(Code::kUnavailable, "AWAY", "Away.");
  error.retry_after = 1h;
  const auto start = std::chrono::steady_clock::now();
  CHECK(server.error(staff()).reason() == "AWAY");
  CHECK(std::chrono::steady_clock::now() - start < 5s);
  CHECK(asked == 2);
}

TEST_CASE("a service that stays away is asked only a little more often than there are calls") {
  std::atomic<int> asked = 0;
  Server server([&](auto&&...) {
    ++asked;
    Error error(Code::kUnavailable, "AWAY", "Away.");
    error.retry_after = 1ms;
    throw error;
  });
  for (int i = 0; i < 100; ++i) server.error(staff());
  CHECK(asked <= 100 + 10 + 10);
}

TEST_CASE("answers are counted by method and code") {
  Server server([](auto&&...) { throw Error(Code::kDataLoss, "LOST", "Lost."); });
  server.error(staff());
  CHECK_THAT(metrics::expose(), Catch::Contains("centralita_rpc_seconds_count{code=\"DATA_LOSS\","
                                                "method=\"centralita.accounts.v1.Tenants.GetTenant\"}"));
}

TEST_CASE("every RPC of the catalogue is found by its request") {
  CHECK(rpc::method_of(accounts::v1::ResolveChannelRequest{}).full_name() ==
        "centralita.accounts.v1.Directory.ResolveChannel");
  CHECK(rpc::method_of(agents::v1::ListTurnsRequest{}).name() == "ListTurns");
  CHECK(rpc::method_of(conversations::v1::SendMessageRequest{}).name() == "SendMessage");
  CHECK_THROWS_AS(rpc::method_of(Tenant{}), Error);
}

TEST_CASE("a package belongs to the service that its domain names") {
  CHECK(rpc::owner_of("centralita.accounts.v1") == "accounts");
  CHECK(rpc::owner_of("centralita.conversations.v1") == "conversations");
  CHECK(rpc::owner_of("centralita.agents.v1") == "agent-orchestrator");
  CHECK_THROWS_AS(rpc::owner_of("google.api"), Error);
  CHECK_THROWS_AS(rpc::Peers{}.at("accounts"), Error);
}
