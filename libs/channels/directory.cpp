#include "libs/channels/directory.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "libs/base/error.h"
#include "libs/rpc/client.h"

namespace centralita::channels {
namespace {

using accounts::v1::ResolveChannelRequest, accounts::v1::ResolvedChannel;
using Clock = std::chrono::steady_clock;

constexpr size_t kMostEntries = 10'000;
constexpr auto kTimeout = std::chrono::seconds{5};
constexpr auto kAgainAfter = std::chrono::seconds{1};

struct Entry {
  std::shared_ptr<const Resolved> resolved;  ///< Null: there is none.
  Clock::time_point asked_at;
};

std::shared_ptr<const Resolved> to_resolved(ResolvedChannel&& answer) {
  const auto& channel = answer.channel();
  const auto* adapter = find_adapter(channel.kind());
  if (adapter == nullptr) return nullptr;
  auto resolved = std::make_shared<Resolved>();
  resolved->adapter = adapter;
  resolved->channel = {channel.id(),
                       answer.tenant_id(),
                       channel.kind(),
                       answer.region(),
                       {channel.settings().begin(), channel.settings().end()},
                       {answer.credentials().begin(), answer.credentials().end()},
                       channel.webhook_path()};
  answer.clear_credentials();
  resolved->facts = std::move(answer);
  return resolved;
}

}  // namespace

struct Directory::Impl {
  Impl(std::shared_ptr<grpc::Channel> accounts, std::chrono::milliseconds ttl)
      : stub(accounts::v1::Directory::NewStub(std::move(accounts))), ttl(ttl) {}

  /// `key` is the request's name among the entries.
  std::shared_ptr<const Resolved> find(const Caller& caller, const std::string& key,
                                       const ResolveChannelRequest& request) {
    Clock::time_point asked_at;
    std::optional<Entry> known;
    uint64_t asked_in = 0;
    {
      const std::lock_guard lock(mutex);
      asked_at = Clock::now();
      asked_in = generation;
      if (const auto found = entries.find(key); found != entries.end()) known = found->second;
    }
    if (known && asked_at - known->asked_at < ttl) return known->resolved;
    try {
      auto resolved = ask(caller, request);
      remember(key, {resolved, asked_at}, asked_in);
      return resolved;
    } catch (const Error& error) {
      if (!error.transient() || !known || !known->resolved) throw;
      // Whoever asks meanwhile must not wait for the same failure.
      known->asked_at = Clock::now() - ttl + std::min<std::chrono::milliseconds>(ttl, kAgainAfter);
      remember(key, *known, asked_in);
      return known->resolved;
    }
  }

  std::shared_ptr<const Resolved> ask(const Caller& caller, const ResolveChannelRequest& request) {
    try {
      return to_resolved(rpc::call<ResolvedChannel>(
          caller, [&](auto* context, auto* reply) { return stub->ResolveChannel(context, request, reply); }, kTimeout));
    } catch (const Error& error) {
      if (error.code() == Code::kNotFound) return nullptr;
      throw;
    }
  }

  void remember(const std::string& key, Entry entry, uint64_t asked_in) {
    const std::lock_guard lock(mutex);
    // What was asked before somebody said forget() may be what is to be forgotten.
    if (asked_in != generation) return;
    if (entries.size() >= kMostEntries) entries.clear();
    entries[key] = std::move(entry);
  }

  void forget(const std::string& id) {
    const std::lock_guard lock(mutex);
    ++generation;
    for (auto& [key, entry] : entries)
      if (!entry.resolved || entry.resolved->channel.id == id) entry.asked_at = Clock::time_point{};
  }

  const std::unique_ptr<accounts::v1::Directory::Stub> stub;
  const std::chrono::milliseconds ttl;
  std::mutex mutex;
  std::unordered_map<std::string, Entry> entries;
  uint64_t generation = 0;  ///< How often something was forgotten.
};

Directory::Directory(std::shared_ptr<grpc::Channel> accounts, std::chrono::milliseconds ttl)
    : impl_(std::make_unique<Impl>(std::move(accounts), ttl)) {}
Directory::~Directory() = default;

std::shared_ptr<const Resolved> Directory::by_id(const Caller& caller, const std::string& id) {
  ResolveChannelRequest request;
  request.set_id(id);
  return impl_->find(caller, "id/" + id, request);
}

std::shared_ptr<const Resolved> Directory::by_address(const Caller& caller, const std::string& kind,
                                                      const std::string& address) {
  ResolveChannelRequest request;
  request.mutable_address()->set_kind(kind);
  request.mutable_address()->set_address(address);
  return impl_->find(caller, "address/" + kind + "/" + address, request);
}

void Directory::forget(const std::string& id) { impl_->forget(id); }

}  // namespace centralita::channels
