#include "libs/bus/bus.h"

#include <future>
#include <memory>

namespace centralita::bus {

void Bus::publish(std::vector<Event> events) {
  const auto durable = std::make_shared<std::promise<void>>();
  publish(std::move(events), [durable](std::exception_ptr error) {
    if (error)
      durable->set_exception(error);
    else
      durable->set_value();
  });
  durable->get_future().get();
}

}  // namespace centralita::bus
