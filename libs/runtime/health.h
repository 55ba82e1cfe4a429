#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libs/http/server.h"

namespace centralita::runtime {

/// Something that must hold before this process can do its work.
struct Check {
  std::string what;
  std::function<bool()> holds;
};

/// Adds `/healthz` (the process lives), `/readyz` (every check holds now, and it is not stopping; else 503 naming what
/// does not) and `/metrics`. `checks` may grow until the server starts.
void add_health_routes(http::Server& server, std::function<bool()> stopping, const std::vector<Check>& checks);

}  // namespace centralita::runtime
