#include "services/gateway/route.h"

#include <catch2/catch.hpp>

#include "libs/base/error.h"

using namespace centralita;
using gateway::PathTemplate, gateway::PathValues;

TEST_CASE("a path gives its fields, as google.api.http says") {
  struct Row {
    const char* pattern;
    const char* path;
    std::optional<PathValues> values;
  };
  const auto row = GENERATE(values<Row>({
      {"/v1/tenant", "/v1/tenant", PathValues{}},
      {"/v1/tenant", "/v1/tenants", {}},
      {"/v1/tenant", "/v1/tenant/", {}},
      {"/v1/tenant", "/v1", {}},
      {"/v1/tenant", "", {}},
      {"/v1/channels/{id}", "/v1/channels/7", PathValues{{"id", "7"}}},
      {"/v1/channels/{id}", "/v1/channels/", {}},
      {"/v1/channels/{id}", "/v1/channels/7/8", {}},
      {"/v1/channels/{id}", "/v1/channels/a%2Fb%20%C3%B1", PathValues{{"id", "a/b ñ"}}},
      {"/v1/channels/{channel.id}", "/v1/channels/7", PathValues{{"channel.id", "7"}}},
      {"/api/{medium=whatsapp}/send", "/api/whatsapp/send", PathValues{{"medium", "whatsapp"}}},
      {"/api/{medium=whatsapp}/send", "/api/sms/send", {}},
      {"/v1/{name=shelves/*}", "/v1/shelves/3", PathValues{{"name", "shelves/3"}}},
      {"/v1/{name=shelves/*}", "/v1/shelves/3/books", {}},
      {"/v1/{name=shelves/*/books/*}/x", "/v1/shelves/a%2Fb/books/%41/x",
       PathValues{{"name", "shelves/a%2Fb/books/A"}}},
      {"/v1/{name=shelves/**}", "/v1/shelves/3/books/4", PathValues{{"name", "shelves/3/books/4"}}},
      {"/v1/{name=shelves/**}", "/v1/shelves", PathValues{{"name", "shelves"}}},
      {"/v1/{rest=**}", "/v1/a/b%20c%2fd", PathValues{{"rest", "a/b c%2fd"}}},
      {"/v1/{rest=**}", "/v1", PathValues{{"rest", ""}}},
      {"/v1/*/x", "/v1/anything/x", PathValues{}},
      {"/v1/**", "/v1/a/b", PathValues{}},
      {"/v1/{a}/{b}", "/v1/1/2", PathValues{{"a", "1"}, {"b", "2"}}},
      {"/v1/conversations:unreadCount", "/v1/conversations:unreadCount", PathValues{}},
      {"/v1/conversations:unreadCount", "/v1/conversations", {}},
      {"/v1/conversations/{id}:markRead", "/v1/conversations/7:markRead", PathValues{{"id", "7"}}},
      {"/v1/conversations/{id}:markRead", "/v1/conversations/7", {}},
      {"/v1/conversations/{id}:markRead", "/v1/conversations/:markRead", {}},
      {"/v1/conversations/{id}:markRead", "/v1/conversations/7markRead", {}},
      {"/v1/conversations/{id}:markRead", "/v1/conversations/a:b:markRead", PathValues{{"id", "a:b"}}},
      {"/v1/{name=**}:go", "/v1/a/b:go", PathValues{{"name", "a/b"}}},
  }));
  CAPTURE(row.pattern, row.path);
  CHECK(PathTemplate(row.pattern).match(row.path) == row.values);
}

TEST_CASE("a malformed path template does not start") {
  const auto* bad = GENERATE("", "v1", "/", "/v1/", "/v1//x", "/v1/{", "/v1/{}", "/v1/{a", "/v1/{a=}", "/v1/{a={b}}",
                             "/v1/{.a}", "/v1/{a..b}", "/v1/**/x", "/v1/{a=**}/x", "/v1/a:", "/v1/a:b/c", "/v1/a*b");
  CAPTURE(bad);
  CHECK_THROWS_AS(PathTemplate(bad), Error);
}

TEST_CASE("the more literal of two paths comes first") {
  const auto first = [](const char* a, const char* b) { return PathTemplate(a).shape() < PathTemplate(b).shape(); };
  CHECK(first("/v1/messages/unread", "/v1/messages/{id}"));
  CHECK(first("/v1/messages/{id}:go", "/v1/messages/{id}"));
  CHECK(first("/v1/messages/{id}", "/v1/messages/**"));
  CHECK(PathTemplate("/v1/{a}").shape() == PathTemplate("/v1/{b}").shape());
}
