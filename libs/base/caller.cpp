#include "libs/base/caller.h"

namespace centralita {

Caller Caller::service(std::string_view name, std::string_view tenant_id, Trace trace) {
  return {std::string(tenant_id), "service:" + std::string(name), {"*", "internal"}, std::move(trace)};
}

bool Caller::may(std::string_view permission) const {
  if (permission == "public") return true;
  for (const std::string_view held : permissions) {
    if (held == permission) return true;
    // "internal" is never part of a wildcard: only our own services hold it, by name.
    if (permission == "internal") continue;
    if (held == "*") return true;
    if (held.ends_with(".*") && permission.starts_with(held.substr(0, held.size() - 1))) return true;
  }
  return false;
}

}  // namespace centralita
