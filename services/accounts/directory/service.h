#pragma once

#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "libs/pg/pg.h"
#include "services/accounts/channels/store.h"

namespace centralita::accounts {

/// What our other services ask before they know the tenant. Stateless; safe to call from any thread.
class DirectoryService final : public v1::Directory::Service {
 public:
  DirectoryService(pg::Pool& pool, const ChannelStore& store) : pool_(pool), store_(store) {}

  grpc::Status Authenticate(grpc::ServerContext* context, const v1::AuthenticateRequest* request,
                            v1::AuthenticateResponse* response) override;
  grpc::Status ResolveChannel(grpc::ServerContext* context, const v1::ResolveChannelRequest* request,
                              v1::ResolvedChannel* response) override;

 private:
  pg::Pool& pool_;
  const ChannelStore& store_;
};

}  // namespace centralita::accounts
