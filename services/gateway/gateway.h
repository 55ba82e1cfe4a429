#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "libs/http/server.h"
#include "libs/rpc/client.h"
#include "services/gateway/auth.h"
#include "services/gateway/catalogue.h"

namespace centralita::gateway {

/// Answers REST requests by calling the RPCs behind them. No thread waits for an answer. Thread-safe.
class Gateway {
 public:
  /// INTERNAL when a service that owns an RPC of the catalogue is not among the peers. `catalogue` and `clock` must
  /// outlive the Gateway.
  Gateway(const Catalogue& catalogue, const rpc::Peers& peers, const Clock& clock, std::chrono::milliseconds timeout);
  /// Waits for the answers to what was asked, at most for the timeout.
  ~Gateway();

  /// Replies exactly once, within the timeout, whatever the request is.
  void handle(http::Request request, http::Reply reply);

 private:
  struct Exchange;
  void authenticate(const std::shared_ptr<Exchange>& exchange);
  void call(const std::shared_ptr<Exchange>& exchange);
  void finish(Exchange& exchange, http::Response response);
  /// Runs a step; what it throws becomes the answer.
  template <class Step>
  void attempt(Exchange& exchange, Step step);

  struct Stubs;
  const Catalogue& catalogue_;
  const std::chrono::milliseconds timeout_;
  Authenticator authenticator_;
  const std::unique_ptr<Stubs> stubs_;
  std::mutex mutex_;
  std::condition_variable all_answered_;
  int unanswered_ = 0;
};

}  // namespace centralita::gateway
