#include "libs/http/client.h"

#include <pthread.h>

#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "libs/base/error.h"
#include "libs/http/transfer.h"

namespace centralita::http {
namespace {

/// Kept-alive connections at most, over all hosts.
constexpr long kConnections = 256;
/// Only a bound: whatever happens wakes the thread.
constexpr int kPollMilliseconds = 1'000;

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions client_options);
  ~Impl();
  void add(std::unique_ptr<Transfer> transfer);

  void run();
  void take_new();
  void finish_done();

  const ClientOptions options;
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi;
  std::mutex mutex;
  std::vector<std::unique_ptr<Transfer>> fresh;  ///< Not yet seen by the thread.
  bool stopping = false;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> under_way;  ///< The thread's own.
  std::thread thread;
};

Client::Impl::Impl(ClientOptions client_options) : options(client_options), multi(nullptr, curl_multi_cleanup) {
  static const auto initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi.reset(curl_multi_init());
  if (initialised != CURLE_OK || !multi) throw Error(Code::kInternal, "NO_CURL", "libcurl could not be initialised.");
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, kConnections);
  thread = std::thread([this] {
    pthread_setname_np(pthread_self(), "http-client");
    run();
  });
}

Client::Impl::~Impl() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  curl_multi_wakeup(multi.get());
  thread.join();
  // What a `done` sent while we stopped.
  for (const auto& transfer : fresh) transfer->abort("the client was closed");
}

void Client::Impl::add(std::unique_ptr<Transfer> transfer) {
  {
    const std::lock_guard lock(mutex);
    fresh.push_back(std::move(transfer));
  }
  curl_multi_wakeup(multi.get());
}

void Client::Impl::run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex);
      if (stopping) break;
    }
    take_new();
    int running = 0;
    curl_multi_perform(multi.get(), &running);
    finish_done();
    curl_multi_poll(multi.get(), nullptr, 0, kPollMilliseconds, nullptr);
  }
  for (const auto& [handle, transfer] : under_way) {
    curl_multi_remove_handle(multi.get(), handle);
    transfer->abort("the client was closed");
  }
  under_way.clear();
}

void Client::Impl::take_new() {
  std::vector<std::unique_ptr<Transfer>> taken;
  {
    const std::lock_guard lock(mutex);
    taken.swap(fresh);
  }
  for (auto& transfer : taken) {
    if (const auto* wrong = transfer->wrong()) {
      transfer->abort(wrong);
      continue;
    }
    auto* handle = transfer->handle();
    curl_multi_add_handle(multi.get(), handle);
    under_way.emplace(handle, std::move(transfer));
  }
}

void Client::Impl::finish_done() {
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto result = message->data.result;
    const auto ended = under_way.extract(message->easy_handle);
    curl_multi_remove_handle(multi.get(), ended.key());
    ended.mapped()->finish(result);
  }
}

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(options)) {}
Client::~Client() = default;

void Client::send(ClientRequest request, std::function<void(ClientResponse)> done) {
  impl_->add(std::make_unique<Transfer>(std::move(request), impl_->options, std::move(done)));
}

ClientResponse Client::send(ClientRequest request) {
  std::promise<ClientResponse> promise;
  auto answer = promise.get_future();
  send(std::move(request), [&promise](ClientResponse response) { promise.set_value(std::move(response)); });
  return answer.get();
}

}  // namespace centralita::http
