#include "services/gateway/auth.h"

#include <algorithm>

#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "libs/rpc/client.h"
#include "libs/security/security.h"
#include "services/gateway/problem.h"

namespace centralita::gateway {

using namespace std::chrono_literals;
using accounts::v1::AuthenticateRequest, accounts::v1::AuthenticateResponse, accounts::v1::Directory;

namespace {

constexpr size_t kLongestKey = 512;

Error unauthenticated() {
  return {Code::kUnauthenticated, "BAD_API_KEY", "The API key is missing, malformed, or nobody's."};
}

struct Inquiry {
  grpc::ClientContext context;
  AuthenticateRequest request;
  AuthenticateResponse response;
};

}  // namespace

struct Authenticator::Stub {
  std::unique_ptr<Directory::Stub> directory;
};

std::string api_key_of(const http::Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  std::string_view key = request.header("X-Api-Key");
  if (const auto given = request.header("Authorization"); !given.empty()) {
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    const auto scheme = given.substr(0, kScheme.size());
    if (!std::equal(scheme.begin(), scheme.end(), kScheme.begin(), kScheme.end(), same)) throw unauthenticated();
    key = given.substr(kScheme.size());
  }
  const auto printable = [](char c) { return c > ' ' && c < 0x7f; };
  if (key.empty() || key.size() > kLongestKey || !std::all_of(key.begin(), key.end(), printable))
    throw unauthenticated();
  return std::string(key);
}

Authenticator::Authenticator(std::shared_ptr<grpc::Channel> accounts, const Clock& clock, size_t most_remembered)
    : stub_(new Stub{Directory::NewStub(std::move(accounts))}), clock_(clock), most_remembered_(most_remembered) {}
Authenticator::~Authenticator() = default;

void Authenticator::authenticate(const std::string& api_key, const Trace& trace, std::chrono::milliseconds timeout,
                                 Done done) {
  const auto hash = security::token_hash(api_key);
  if (auto remembered = recall(hash)) {
    if (!remembered->caller) return done(unauthenticated());
    remembered->caller->trace = trace;
    return done(std::move(*remembered->caller));
  }
  auto inquiry = std::make_shared<Inquiry>();
  inquiry->request.set_api_key(api_key);
  rpc::prepare(inquiry->context, Caller::service("gateway", "", trace), timeout);
  auto& [context, request, response] = *inquiry;
  stub_->directory->async()->Authenticate(
      &context, &request, &response,
      [this, inquiry = std::move(inquiry), hash, trace, done = std::move(done)](const grpc::Status& status) mutable {
        const TraceScope scope(trace);
        const auto answer = std::move(inquiry->response);
        // Whoever waits for `done` may destroy the channel next, and a thread of gRPC must not be the last to let it
        // go.
        inquiry.reset();
        if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) {
          remember(hash, {});
          return done(unauthenticated());
        }
        if (!status.ok()) return done(error_of(status));
        Caller caller{
            answer.tenant_id(), answer.subject(), {answer.permissions().begin(), answer.permissions().end()}, trace};
        remember(hash, caller);
        done(std::move(caller));
      });
}

std::optional<Authenticator::Remembered> Authenticator::recall(const std::string& hash) {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  for (const auto* answers : {&known_, &unknown_}) {
    const auto found = answers->find(hash);
    if (found != answers->end() && now < found->second.until) return found->second;
  }
  return {};
}

void Authenticator::remember(const std::string& hash, std::optional<Caller> caller) {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  auto& answers = caller ? known_ : unknown_;
  if (answers.size() >= most_remembered_) std::erase_if(answers, [&](const auto& a) { return a.second.until <= now; });
  if (answers.size() >= most_remembered_) answers.clear();
  const auto until = now + (caller ? 10s : 2s);
  answers.insert_or_assign(hash, Remembered{std::move(caller), until});
}

}  // namespace centralita::gateway
