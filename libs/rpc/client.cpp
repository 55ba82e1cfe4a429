#include "libs/rpc/client.h"

#include <grpcpp/support/status.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "libs/base/backoff.h"
#include "libs/base/error.h"
#include "libs/rpc/serve.h"
#include "libs/rpc/token.h"

namespace centralita::rpc {
namespace {

constexpr int kMostRetries = 2;
constexpr Backoff kBackoff{std::chrono::milliseconds{50}, std::chrono::milliseconds{500}};

/// Retries are a tenth of the calls at most, and ten in a row: a peer that is down is not pushed down further.
class RetryBudget {
 public:
  void earn() {
    auto tenths = tenths_.load();
    while (tenths < kMost && !tenths_.compare_exchange_weak(tenths, tenths + 1)) {
    }
  }
  bool spend() {
    auto tenths = tenths_.load();
    while (tenths >= 10) {
      if (tenths_.compare_exchange_weak(tenths, tenths - 10)) return true;
    }
    return false;
  }

 private:
  static constexpr int kMost = 100;
  std::atomic<int> tenths_ = kMost;
};

RetryBudget retry_budget;

}  // namespace

void Peers::set(const std::string& service, std::shared_ptr<grpc::Channel> channel) {
  channels_[service] = std::move(channel);
}

std::shared_ptr<grpc::Channel> Peers::at(const std::string& service) const {
  const auto found = channels_.find(service);
  if (found == channels_.end() || !found->second)
    throw Error(Code::kInternal, "NO_SUCH_PEER", "Nobody said where " + service + " is.");
  return found->second;
}

std::string owner_of(const std::string& proto_package) {
  constexpr std::string_view kOurs = "centralita.";
  if (!proto_package.starts_with(kOurs))
    throw Error(Code::kInternal, "NO_OWNER", "The package " + proto_package + " is not ours.");
  const auto domain = proto_package.substr(kOurs.size(), proto_package.find('.', kOurs.size()) - kOurs.size());
  return domain == "agents" ? "agent-orchestrator" : domain;
}

void prepare(grpc::ClientContext& context, const Caller& caller, std::chrono::milliseconds timeout) {
  context.AddMetadata(kTokenHeader, sign(caller, SystemClock{}.now()));
  context.AddMetadata(kTraceHeader, caller.trace.header());
  context.set_deadline(std::chrono::system_clock::now() + timeout);
}

void call_with_retry(const Caller& caller, std::chrono::milliseconds timeout,
                     const std::function<grpc::Status(grpc::ClientContext*)>& invoke) {
  using std::chrono::milliseconds, std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + timeout;
  const auto left = [&] { return std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()); };
  retry_budget.earn();
  for (int failures = 0;;) {
    grpc::ClientContext context;
    prepare(context, caller, std::max(left(), milliseconds{1}));
    const auto status = invoke(&context);
    if (status.ok()) return;
    const auto error = to_error(status);
    const auto wait = error.retry_after.value_or(kBackoff.wait(++failures));
    if (error.code() != Code::kUnavailable || failures > kMostRetries || wait >= left() || !retry_budget.spend())
      throw error;
    std::this_thread::sleep_for(wait);
  }
}

}  // namespace centralita::rpc
