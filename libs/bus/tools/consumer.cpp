// bus_consumer <dsn> <group> <topic> <name>: consumes a topic and records each event's effect, until its input ends.
#include <unistd.h>

#include "libs/base/log.h"
#include "libs/bus/tools/contract.h"

int main(int argc, char** argv) {
  using namespace centralita;
  if (argc != 5) return 2;
  log::configure(log::Level::kError, "bus_consumer");
  const auto pool = bus::contract::open_pool(argv[1]);
  const auto bus = bus::contract::open_bus(*pool, argv[1]);
  bus::SubscriptionOptions options;
  options.group = argv[2];
  options.topics = {argv[3]};
  const auto subscription =
      bus->subscribe(options, bus::contract::recorder({pool.get(), bus.get()}, options.group, argv[4]));
  for (char byte = 0; read(STDIN_FILENO, &byte, 1) > 0;) {
  }
  return 0;
}
