#include "services/accounts/module.h"

#include "accounts_sql.h"
#include "services/accounts/channels/service.h"
#include "services/accounts/directory/service.h"
#include "services/accounts/tenants/commands.h"
#include "services/accounts/tenants/service.h"

namespace centralita::accounts {
namespace {

struct Parts {
  explicit Parts(runtime::Host& host)
      : store(host.vault()),
        tenants(*host.database().pool),
        channels(host.database(), store),
        directory(*host.database().pool, store) {
    host.serve(tenants);
    host.serve(channels);
    host.serve(directory);
  }

  ChannelStore store;
  TenantService tenants;
  ChannelService channels;
  DirectoryService directory;
};

}  // namespace

runtime::Module accounts_module() {
  return {"accounts", &sql::schema, [](runtime::Host& host) { return std::make_shared<Parts>(host); }, commands()};
}

}  // namespace centralita::accounts
