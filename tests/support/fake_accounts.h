#pragma once

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "libs/channels/channel.h"
#include "libs/rpc/serve.h"
#include "libs/rpc/token.h"

namespace centralita::tests {

/// The directory of channels at the far side of a real connection; which channels there are is the test's.
class FakeAccounts final : public accounts::v1::Directory::Service {
 public:
  FakeAccounts() { start(); }

  void put(const accounts::v1::ResolvedChannel& channel) {
    const std::lock_guard lock(mutex_);
    channels_[channel.channel().id()] = channel;
  }
  void remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    channels_.erase(id);
  }

  std::shared_ptr<grpc::Channel> channel() const {
    return grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  void stop() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }
  /// At the same address as before.
  void start() {
    rpc::set_internal_key(std::string(32, 'i'));
    server_ = grpc::ServerBuilder()
                  .AddListeningPort(address(), grpc::InsecureServerCredentials(), &port_)
                  .RegisterService(this)
                  .BuildAndStart();
  }

  /// How often somebody asked.
  std::atomic<int> asked{0};

  grpc::Status ResolveChannel(grpc::ServerContext* context, const accounts::v1::ResolveChannelRequest* request,
                              accounts::v1::ResolvedChannel* answer) override {
    return rpc::serve(context, *request, [&](const rpc::Call&) {
      ++asked;
      const std::lock_guard lock(mutex_);
      for (const auto& [id, resolved] : channels_)
        if (id == request->id() || (request->address().kind() == resolved.channel().kind() &&
                                    request->address().address() == resolved.channel().address())) {
          *answer = resolved;
          return;
        }
      throw not_found("channel");
    });
  }

 private:
  std::mutex mutex_;
  std::map<std::string, accounts::v1::ResolvedChannel> channels_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace centralita::tests
