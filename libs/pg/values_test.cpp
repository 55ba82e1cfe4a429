#include <limits>

#include "libs/base/id.h"
#include "libs/pg/sample_test.h"
#include "tests/support/database.h"

using namespace centralita;
using namespace centralita::pg;
using namespace centralita::pg::sample;

namespace {

constexpr Statement kInsert{
    "shop.insert_value",
    "INSERT INTO shop.value (words, bytes, whole, real, yes, at, texts, blobs, wholes, ids) VALUES "
    "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *"};

}  // namespace

TEST_CASE("values come back as they went: UTF-8, bytes, numbers, times and arrays") {
  const TestDatabase database({&schema});
  Pool pool({.dsn = database.app_dsn()}, {&schema});
  Tx tx(pool, "");
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  const std::string words = "¿Qué tal? 👋 \"comillas\" \\ 'simples' {llaves},\n\ttab";
  const std::vector<std::string> texts = {"a", "", "NULL", "con, coma", words, "{}", " "};
  const std::vector<std::string> blobs = {every_byte, "", "\\x"};
  const std::vector<int64_t> wholes = {0, -1, std::numeric_limits<int64_t>::max()};
  const std::vector<std::string> ids = {new_id(), new_id()};
  const auto at = *parse_time("2026-02-28T23:59:59.123456Z");

  const auto row = tx.one(kInsert, words, Param::bytes(every_byte), std::numeric_limits<int64_t>::min(), 0.1, true, at,
                          Param::array(texts), Param::byte_array(blobs), Param::array(wholes), Param::array(ids));
  CHECK(row.text("words") == words);
  CHECK(row.bytes("bytes") == every_byte);
  CHECK(row.number("whole") == std::numeric_limits<int64_t>::min());
  CHECK(row.real("real") == 0.1);
  CHECK(row.flag("yes"));
  CHECK(row.time("at") == at);
  CHECK(row.array("texts") == texts);
  CHECK(row.array("ids") == ids);
  CHECK(row.array("wholes") == std::vector<std::string>{"0", "-1", "9223372036854775807"});
  CHECK(row.array("blobs").size() == 3);
  CHECK(row.array("blobs")[2] == "\\x5c78");
}

TEST_CASE("nothing and emptiness are different things") {
  const TestDatabase database({&schema});
  Pool pool({.dsn = database.app_dsn()}, {&schema});
  Tx tx(pool, "");
  const std::optional<std::string> no_text;
  const std::optional<Time> no_time;
  const auto nothing = tx.one(kInsert, no_text, nullptr, std::optional<int>(), std::optional<double>(), std::nullopt,
                              no_time, nullptr, nullptr, nullptr, nullptr);
  for (const auto* column : {"words", "bytes", "whole", "real", "yes", "at", "texts", "blobs", "wholes", "ids"})
    CHECK(nothing.is_null(column));
  CHECK(nothing.text("words").empty());
  CHECK(nothing.bytes("bytes").empty());
  CHECK(nothing.number("whole") == 0);
  CHECK_FALSE(nothing.flag("yes"));
  CHECK_FALSE(nothing.maybe_time("at"));
  CHECK(nothing.array("texts").empty());

  const std::vector<std::string> none;
  const auto empty =
      tx.one(kInsert, std::optional<std::string>(""), Param::bytes(""), 0, 0.0, false, std::optional(Time()),
             Param::array(none), Param::byte_array(none), Param::array(std::span<const int64_t>()), Param::array(none));
  for (const auto* column : {"words", "bytes", "whole", "real", "yes", "at", "texts", "blobs", "wholes", "ids"})
    CHECK_FALSE(empty.is_null(column));
  CHECK(empty.maybe_time("at") == Time());
}

TEST_CASE("a row outlives its transaction and its result") {
  const TestDatabase database({&schema});
  Pool pool({.dsn = database.app_dsn()}, {&schema});
  const auto row =
      Tx(pool, "").one(kInsert, "hola", nullptr, 7u, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
  CHECK(row.text("words") == "hola");
  CHECK(row.number("whole") == 7);
}
