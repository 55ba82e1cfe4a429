#pragma once

#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "libs/bus/tx.h"
#include "services/accounts/channels/store.h"

namespace centralita::accounts {

/// The tenant's channels. Stateless; safe to call from any thread.
class ChannelService final : public v1::Channels::Service {
 public:
  ChannelService(bus::Database database, const ChannelStore& store) : database_(database), store_(store) {}

  grpc::Status ListChannelKinds(grpc::ServerContext* context, const v1::ListChannelKindsRequest* request,
                                v1::ListChannelKindsResponse* response) override;
  grpc::Status ListChannels(grpc::ServerContext* context, const v1::ListChannelsRequest* request,
                            v1::ListChannelsResponse* response) override;
  grpc::Status GetChannel(grpc::ServerContext* context, const v1::GetChannelRequest* request,
                          v1::Channel* response) override;
  grpc::Status CreateChannel(grpc::ServerContext* context, const v1::CreateChannelRequest* request,
                             v1::Channel* response) override;
  grpc::Status UpdateChannel(grpc::ServerContext* context, const v1::UpdateChannelRequest* request,
                             v1::Channel* response) override;
  grpc::Status DeleteChannel(grpc::ServerContext* context, const v1::DeleteChannelRequest* request,
                             google::protobuf::Empty* response) override;

 private:
  bus::Database database_;
  const ChannelStore& store_;
};

}  // namespace centralita::accounts
