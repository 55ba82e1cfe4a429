#include "libs/runtime/app.h"
#include "services/accounts/module.h"

int main(int argc, char** argv) {
  const centralita::runtime::Module modules[] = {centralita::accounts::accounts_module()};
  return centralita::runtime::run(argc, argv, modules);
}
