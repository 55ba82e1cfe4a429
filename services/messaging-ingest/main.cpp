#include "services/messaging-ingest/module.h"

int main(int argc, char** argv) {
  const centralita::runtime::Module modules[] = {centralita::ingest::messaging_ingest_module()};
  return centralita::runtime::run(argc, argv, modules);
}
