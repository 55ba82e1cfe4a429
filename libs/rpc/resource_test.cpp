#include <catch2/catch.hpp>

#include "centralita/accounts/v1/accounts.pb.h"
#include "libs/base/error.h"
#include "libs/rpc/mask.h"
#include "libs/rpc/time.h"

using namespace centralita;
using google::protobuf::FieldMask;

namespace {

FieldMask paths(std::initializer_list<const char*> names) {
  FieldMask mask;
  for (const auto* name : names) mask.add_paths(name);
  return mask;
}

accounts::v1::Channel named(const char* name) {
  accounts::v1::Channel channel;
  channel.set_name(name);
  return channel;
}

}  // namespace

TEST_CASE("an update touches the fields that its mask names, also those that it empties") {
  const rpc::Mask mask(paths({"name", "settings"}), accounts::v1::Channel{});
  CHECK(mask.has("name"));
  CHECK(mask.has("settings"));
  CHECK_FALSE(mask.has("zone"));
}

TEST_CASE("an update without a mask touches the fields that are set") {
  const rpc::Mask mask({}, named("Ventas"));
  CHECK(mask.has("name"));
  CHECK_FALSE(mask.has("zone"));
  CHECK(rpc::Mask({}, accounts::v1::Channel{}).empty());
}

TEST_CASE("a star touches every field") { CHECK(rpc::Mask(paths({"*"}), named("")).has("zone")); }

TEST_CASE("a mask that names what is no field is refused") {
  for (const auto* path : {"nombre", "", "settings.account_sid", "name.x"}) {
    CAPTURE(path);
    CHECK_THROWS_WITH(rpc::Mask(paths({path}), named("")), Catch::StartsWith("updateMask:"));
  }
}

TEST_CASE("a misspelt field in our own code does not pass for an untouched one") {
  CHECK_THROWS_WITH(rpc::Mask({}, named("")).has("nmae"), Catch::Contains("nmae"));
}

TEST_CASE("times survive the way to proto and back, before 1970 too") {
  for (const auto* text : {"2026-02-28T23:59:59.123456Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00.000000Z"})
    CHECK(format_time(rpc::to_time(rpc::to_proto(*parse_time(text)))) == text);
  CHECK(rpc::to_proto(*parse_time("1969-12-31T23:59:59.5Z")).nanos() == 500'000'000);
}

TEST_CASE("a time that no calendar has is refused") {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(std::numeric_limits<int64_t>::max());
  CHECK_THROWS_AS(rpc::to_time(timestamp), Error);
  timestamp.set_seconds(0);
  timestamp.set_nanos(-1);
  CHECK_THROWS_AS(rpc::to_time(timestamp), Error);
}
