#include "services/accounts/directory/routes.h"

#include "accounts_sql.h"

namespace centralita::accounts {

std::string address_route(std::string_view channel_kind) { return "address/" + std::string(channel_kind); }

bool add_route(pg::Tx& tx, std::string_view kind, std::string_view value, std::string_view target_id) {
  return tx.run(sql::add_route, kind, value, tx.tenant_id(), target_id) == 1;
}

}  // namespace centralita::accounts
