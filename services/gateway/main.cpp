#include "services/gateway/module.h"

int main(int argc, char** argv) {
  const std::array modules = {centralita::gateway::gateway_module()};
  return centralita::runtime::run(argc, argv, modules);
}
