#include "services/all/modules.h"

int main(int argc, char** argv) { return centralita::runtime::run(argc, argv, centralita::all_modules()); }
