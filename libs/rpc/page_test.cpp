#include "libs/rpc/page.h"

#include <catch2/catch.hpp>

#include "libs/base/encoding.h"
#include "libs/base/error.h"

using namespace centralita;

TEST_CASE("a page token brings back what it was made of") {
  using Parts = std::vector<std::string>;
  CHECK_FALSE(rpc::read_page_token("", 2));
  CHECK(rpc::read_page_token(rpc::page_token({"2026-01-01T00:00:00Z", "7:a"}), 2) ==
        Parts{"2026-01-01T00:00:00Z", "7:a"});
  CHECK(rpc::read_page_token(rpc::page_token({"", "ñ"}), 2) == Parts{"", "ñ"});
}

TEST_CASE("a page token that we did not make is refused by name") {
  const auto bad = GENERATE(as<std::string>{}, "%", "AAAA", rpc::page_token({"a"}), rpc::page_token({"a", "b", "c"}),
                            rpc::page_token({"a", "b"}) + "A", to_base64url("1:a1:"), to_base64url("1:a99:b"),
                            to_base64url("1:a-1:b"), to_base64url("1:a99999999999999999999:b"),
                            rpc::page_token({"a", "\xff"}), rpc::page_token({"a", std::string_view("\0", 1)}));
  CAPTURE(bad);
  try {
    rpc::read_page_token(bad, 2);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == Code::kInvalidArgument);
    CHECK(error.fields.at(0).field == "pageToken");
  }
}

TEST_CASE("a page has 50 rows unless asked, and 200 at most") {
  CHECK(rpc::page_size(0) == 50);
  CHECK(rpc::page_size(7) == 7);
  CHECK(rpc::page_size(10'000) == 200);
  CHECK_THROWS_AS(rpc::page_size(-1), Error);
}
