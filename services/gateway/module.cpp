#include "services/gateway/module.h"

#include "proto/descriptors.h"
#include "services/gateway/gateway.h"
#include "services/gateway/openapi.h"

namespace centralita::gateway {
namespace {

using namespace std::chrono_literals;

struct Edge {
  explicit Edge(runtime::Host& host)
      : gateway(catalogue, host.peers(), host.clock(), host.config().duration("gateway.timeout", 15s)),
        document(openapi(catalogue)) {
    for (const auto& root : catalogue.roots())
      host.http().route("*", "/" + root + "/**", [this](http::Request request, http::Reply reply) {
        gateway.handle(std::move(request), std::move(reply));
      });
    host.http().route("GET", "/openapi.json", [this](const http::Request&, const http::Reply& reply) {
      reply(http::text_response(200, "application/json", document));
    });
  }

  const Catalogue catalogue{descriptor_set()};
  Gateway gateway;
  const std::string document;
};

}  // namespace

runtime::Module gateway_module() {
  return {"gateway", nullptr, [](runtime::Host& host) { return std::make_shared<Edge>(host); }, {}};
}

}  // namespace centralita::gateway
