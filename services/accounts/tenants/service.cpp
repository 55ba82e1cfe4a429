#include "services/accounts/tenants/service.h"

#include "accounts_sql.h"
#include "libs/rpc/serve.h"
#include "libs/rpc/time.h"

namespace centralita::accounts {

grpc::Status TenantService::GetTenant(grpc::ServerContext* context, const v1::GetTenantRequest* request,
                                      v1::Tenant* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    pg::Tx tx{pool_, call.tenant_id};
    const auto row = tx.maybe(sql::find_tenant);
    if (!row) throw not_found("tenant");
    response->set_id(row->text("tenant_id"));
    response->set_name(row->text("name"));
    response->set_region(row->text("region"));
    *response->mutable_created_at() = rpc::to_proto(row->time("created_at"));
  });
}

}  // namespace centralita::accounts
