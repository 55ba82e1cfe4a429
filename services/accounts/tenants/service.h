#pragma once

#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "libs/pg/pg.h"

namespace centralita::accounts {

/// The business that the caller belongs to. Stateless; safe to call from any thread.
class TenantService final : public v1::Tenants::Service {
 public:
  explicit TenantService(pg::Pool& pool) : pool_(pool) {}

  grpc::Status GetTenant(grpc::ServerContext* context, const v1::GetTenantRequest* request,
                         v1::Tenant* response) override;

 private:
  pg::Pool& pool_;
};

}  // namespace centralita::accounts
