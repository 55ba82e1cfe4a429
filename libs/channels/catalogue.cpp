#include <algorithm>

#include "libs/channels/channel.h"
#include "libs/channels/chatwoot/chatwoot.h"
#include "libs/channels/twilio/twilio.h"

namespace centralita::channels {

const std::vector<const Adapter*>& catalogue() {
  static const std::vector<const Adapter*> adapters{
      &twilio::adapter(),
      &chatwoot::adapter(),
  };
  return adapters;
}

const Adapter* find_adapter(std::string_view kind) {
  const auto& all = catalogue();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Adapter* adapter) { return adapter->kind() == kind; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace centralita::channels
