#include "libs/runtime/health.h"

#include <nlohmann/json.hpp>

#include "libs/base/metrics.h"

namespace centralita::runtime {

void add_health_routes(http::Server& server, std::function<bool()> stopping, const std::vector<Check>& checks) {
  server.route("GET", "/healthz", [](const http::Request&, const http::Reply& reply) {
    reply(http::text_response(200, "application/json", R"({"status":"alive"})"));
  });
  server.route("GET", "/readyz",
               [stopping = std::move(stopping), &checks](const http::Request&, const http::Reply& reply) {
                 nlohmann::ordered_json answer = {{"status", "ready"}};
                 bool ready = !stopping();
                 for (const auto& check : checks) {
                   const bool holds = check.holds();
                   answer["checks"][check.what] = holds;
                   ready = ready && holds;
                 }
                 if (!ready) answer["status"] = "not ready";
                 reply(http::text_response(ready ? 200 : 503, "application/json", answer.dump()));
               });
  server.route("GET", "/metrics", [](const http::Request&, const http::Reply& reply) {
    reply(http::text_response(200, "text/plain; version=0.0.4; charset=utf-8", metrics::expose()));
  });
}

}  // namespace centralita::runtime
