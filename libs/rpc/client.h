#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "libs/base/caller.h"

namespace centralita::rpc {

/// Where each service is: in this process, or at an address. Filled at start, read from any thread afterwards.
class Peers {
 public:
  /// `service` is a service's name, e.g. "accounts".
  void set(const std::string& service, std::shared_ptr<grpc::Channel> channel);
  /// INTERNAL when nobody said where it is.
  std::shared_ptr<grpc::Channel> at(const std::string& service) const;

 private:
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
};

/// The service that owns a proto package: "centralita.agents.v1" belongs to "agent-orchestrator".
std::string owner_of(const std::string& proto_package);

/// Puts caller, trace and deadline into a context.
void prepare(grpc::ClientContext& context, const Caller& caller, std::chrono::milliseconds timeout);

void call_with_retry(const Caller& caller, std::chrono::milliseconds timeout,
                     const std::function<grpc::Status(grpc::ClientContext*)>& invoke);

/// One call on behalf of a caller. UNAVAILABLE is tried again, at most twice and only within the timeout; any other
/// failure is thrown as the Error that the server gave.
///
///     auto message = rpc::call<Message>(caller, [&](auto* context, auto* reply) {
///       return conversations->SendMessage(context, request, reply);
///     });
template <class Reply, class Invoke>
Reply call(const Caller& caller, Invoke&& invoke, std::chrono::milliseconds timeout = std::chrono::seconds{10}) {
  Reply reply;
  call_with_retry(caller, timeout, [&](grpc::ClientContext* context) {
    reply.Clear();
    return invoke(context, &reply);
  });
  return reply;
}

}  // namespace centralita::rpc
