#include "services/messaging-delivery/module.h"

int main(int argc, char** argv) {
  const centralita::runtime::Module modules[] = {centralita::delivery::messaging_delivery_module()};
  return centralita::runtime::run(argc, argv, modules);
}
