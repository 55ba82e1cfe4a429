#include "libs/runtime/app.h"
#include "services/conversations/module.h"

int main(int argc, char** argv) {
  const centralita::runtime::Module modules[] = {centralita::conversations::conversations_module()};
  return centralita::runtime::run(argc, argv, modules);
}
