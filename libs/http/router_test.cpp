#include "libs/http/router.h"

#include <catch2/catch.hpp>

using namespace centralita::http;

namespace {

Router router_of(std::initializer_list<std::pair<const char*, const char*>> routes) {
  Router router;
  for (const auto& [method, pattern] : routes) router.add({method, pattern, nullptr, 0});
  return router;
}

std::string pattern_for(const Router& router, const char* method, const char* path) {
  const auto match = router.find(method, path);
  return match.route == nullptr ? "" : match.route->pattern;
}

}  // namespace

TEST_CASE("a literal beats a parameter, a parameter beats the rest, in whatever order they were added") {
  const auto routes = {std::pair{"GET", "/**"},    {"GET", "/v1/{noun}"},         {"GET", "/v1/customers"},
                       {"GET", "/v1/{noun}/{id}"}, {"GET", "/v1/customers/{id}"}, {"GET", "/v1/**"}};
  std::vector<std::pair<const char*, const char*>> reversed(routes);
  std::reverse(reversed.begin(), reversed.end());
  Router backwards;
  for (const auto& [method, pattern] : reversed) backwards.add({method, pattern, nullptr, 0});
  for (const auto& router : {router_of(routes), backwards}) {
    CHECK(pattern_for(router, "GET", "/v1/customers") == "/v1/customers");
    CHECK(pattern_for(router, "GET", "/v1/tickets") == "/v1/{noun}");
    CHECK(pattern_for(router, "GET", "/v1/customers/7") == "/v1/customers/{id}");
    CHECK(pattern_for(router, "GET", "/v1/tickets/7") == "/v1/{noun}/{id}");
    CHECK(pattern_for(router, "GET", "/v1/tickets/7/8") == "/v1/**");
    CHECK(pattern_for(router, "GET", "/") == "/**");
  }
}

TEST_CASE("parameters are decoded, and a slash within one stays within it") {
  const auto router = router_of({{"GET", "/webhooks/{provider}/{channel}"}, {"GET", "/files/**"}});
  const auto match = router.find("GET", "/webhooks/twilio/a%2Fb%20%C3%B1+%zz");
  REQUIRE(match.route != nullptr);
  CHECK(match.parameters.at("provider") == "twilio");
  CHECK(match.parameters.at("channel") == "a/b ñ+%zz");
  CHECK(router.find("GET", "/files/a/b.js").parameters.at("**") == "a/b.js");
  CHECK(router.find("GET", "/files").parameters.at("**").empty());
  CHECK(router.find("GET", "/%66iles").route != nullptr);
}

TEST_CASE("a verb after a parameter is a route of its own") {
  const auto router = router_of({{"POST", "/v1/tickets/{id}"}, {"POST", "/v1/tickets/{id}:close"}});
  CHECK(pattern_for(router, "POST", "/v1/tickets/7:close") == "/v1/tickets/{id}:close");
  CHECK(router.find("POST", "/v1/tickets/7:close").parameters.at("id") == "7");
  CHECK(pattern_for(router, "POST", "/v1/tickets/7:open") == "/v1/tickets/{id}");
  CHECK(pattern_for(router, "POST", "/v1/tickets/:close") == "/v1/tickets/{id}");
}

TEST_CASE("a path matches as a whole") {
  const auto router = router_of({{"GET", "/a/{b}"}, {"GET", "/"}});
  for (const auto* path : {"/a", "/a/", "/a/b/", "/a/b/c", "//", "", "*", "a/b"}) {
    CAPTURE(path);
    CHECK(router.find("GET", path).route == nullptr);
    CHECK(router.find("GET", path).allowed.empty());
  }
  CHECK(pattern_for(router, "GET", "/") == "/");
}

TEST_CASE("a path that has other methods names them") {
  const auto router = router_of({{"GET", "/a"}, {"DELETE", "/{x}"}, {"*", "/any"}});
  CHECK(router.find("POST", "/a").allowed == std::set<std::string>{"DELETE", "GET", "HEAD"});
  CHECK(pattern_for(router, "DELETE", "/a") == "/{x}");
  CHECK(pattern_for(router, "HEAD", "/a") == "/a");
  CHECK(pattern_for(router, "BREW", "/any") == "/any");
}
