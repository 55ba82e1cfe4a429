#include "services/all/modules.h"

#include "services/accounts/module.h"
#include "services/agent-orchestrator/module.h"
#include "services/conversations/module.h"
#include "services/gateway/module.h"
#include "services/messaging-delivery/module.h"
#include "services/messaging-ingest/module.h"

namespace centralita {

std::span<const runtime::Module> all_modules() {
  static const runtime::Module kModules[] = {
      accounts::accounts_module(),           conversations::conversations_module(), agents::agent_orchestrator_module(),
      delivery::messaging_delivery_module(), ingest::messaging_ingest_module(),     gateway::gateway_module(),
  };
  return kModules;
}

}  // namespace centralita
