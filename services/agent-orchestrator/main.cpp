#include "libs/runtime/module.h"
#include "services/agent-orchestrator/module.h"

int main(int argc, char** argv) {
  const centralita::runtime::Module modules[] = {centralita::agents::agent_orchestrator_module()};
  return centralita::runtime::run(argc, argv, modules);
}
