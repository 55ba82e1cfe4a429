#include "libs/channels/channel.h"

namespace centralita::channels {
namespace {

const std::string& value_of(const std::map<std::string, std::string>& values, const std::string& name) {
  static const std::string kNone;
  const auto found = values.find(name);
  return found == values.end() ? kNone : found->second;
}

}  // namespace

const std::string& Channel::setting(const std::string& name) const { return value_of(settings, name); }
const std::string& Channel::credential(const std::string& name) const { return value_of(credentials, name); }

}  // namespace centralita::channels
