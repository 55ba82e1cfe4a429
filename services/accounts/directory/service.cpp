#include "services/accounts/directory/service.h"

#include "accounts_sql.h"
#include "libs/base/encoding.h"
#include "libs/rpc/serve.h"
#include "libs/security/security.h"
#include "services/accounts/directory/routes.h"

namespace centralita::accounts {
namespace {

/// Makes the tenant that the route leads to the transaction's, and returns what it leads to.
std::optional<std::string> follow(pg::Tx& tx, std::string_view kind, std::string_view value) {
  if (!is_text(value)) return {};
  const auto route = tx.maybe(sql::find_route, kind, value);
  if (!route) return {};
  tx.set_tenant(route->text("tenant_id"));
  return route->text("target_id");
}

}  // namespace

grpc::Status DirectoryService::Authenticate(grpc::ServerContext* context, const v1::AuthenticateRequest* request,
                                            v1::AuthenticateResponse* response) {
  return rpc::serve(context, *request, [&](const rpc::Call&) {
    pg::Tx tx{pool_, ""};
    const auto id = follow(tx, kKeyRoute, security::token_hash(request->api_key()));
    const auto key = id ? tx.maybe(sql::find_api_key, *id) : std::nullopt;
    if (!key) throw Error(Code::kUnauthenticated, "UNKNOWN_API_KEY", "Nobody holds this API key.");
    response->set_tenant_id(tx.tenant_id());
    response->set_subject("key:" + *id);
    for (auto& permission : key->array("permissions")) response->add_permissions(std::move(permission));
  });
}

grpc::Status DirectoryService::ResolveChannel(grpc::ServerContext* context, const v1::ResolveChannelRequest* request,
                                              v1::ResolvedChannel* response) {
  return rpc::serve(context, *request, [&](const rpc::Call&) {
    pg::Tx tx{pool_, ""};
    const auto id = request->has_address()
                        ? follow(tx, address_route(request->address().kind()), request->address().address())
                        : follow(tx, kChannelRoute, request->id());
    const auto stored = id ? store_.find(tx, *id) : std::nullopt;
    if (!stored) throw not_found("channel");
    response->set_tenant_id(tx.tenant_id());
    *response->mutable_channel() = stored->channel;
    response->mutable_credentials()->insert(stored->credentials.begin(), stored->credentials.end());
    response->set_region(tx.one(sql::find_tenant).text("region"));
  });
}

}  // namespace centralita::accounts
