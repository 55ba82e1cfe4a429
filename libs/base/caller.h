#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/trace.h"

namespace centralita {

/// Who acts, for which tenant, in which trace. Made once at an edge (a request, an event) and handed down by value.
struct Caller {
  std::string tenant_id;                 ///< Empty where the work belongs to no tenant.
  std::string subject;                   ///< "user:<id>", "key:<id>", "service:<name>".
  std::vector<std::string> permissions;  ///< "noun.verb"; "noun.*" and "*" stand for many.
  Trace trace;

  /// One of our own services acting for a tenant: it may do everything.
  static Caller service(std::string_view name, std::string_view tenant_id, Trace trace);

  bool may(std::string_view permission) const;
  bool is_service() const { return subject.starts_with("service:"); }
};

}  // namespace centralita
