#include <functional>
#include <thread>

#include "libs/base/id.h"
#include "libs/pg/sample_test.h"
#include "tests/support/database.h"

using namespace centralita;
using namespace centralita::pg;
using namespace centralita::pg::sample;
using namespace std::chrono_literals;

namespace {

struct Shop {
  TestDatabase database{{&schema}};
  Pool pool{{.dsn = database.app_dsn(), .size = 4}, {&schema}};
  std::string tenant = new_id();
  std::string other = new_id();

  std::string add(const std::string& to, const std::string& name) {
    const auto id = new_id();
    Tx tx(pool, to);
    tx.run(insert_label, id, name);
    tx.commit();
    return id;
  }

  std::vector<std::string> labels(std::string_view of) {
    std::vector<std::string> names;
    for (const auto row : Tx(pool, of).all(all_labels)) names.push_back(row.text("name"));
    return names;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a forgotten WHERE sees and changes only its own tenant's rows") {
  Shop shop;
  shop.add(shop.tenant, "Urgente");
  const auto id = shop.add(shop.other, "Garantía");
  CHECK(shop.labels(shop.tenant) == Names{"Urgente"});
  CHECK(shop.labels(shop.other) == Names{"Garantía"});
  Tx tx(shop.pool, shop.tenant);
  CHECK(tx.run(rename_label, id, "Robada") == 0);
  CHECK(tx.run(delete_labels) == 1);
  tx.commit();
  CHECK(shop.labels(shop.other) == Names{"Garantía"});
}

TEST_CASE("a row for another tenant is refused") {
  Shop shop;
  const auto error = error_of([&] { Tx(shop.pool, shop.tenant).run(insert_label_of, new_id(), "x", shop.other); });
  CHECK(error.code() == Code::kInternal);
  CHECK_THAT(error.message(), Catch::Contains("row-level security"));
}

TEST_CASE("without a tenant nothing is visible and nothing can be written") {
  Shop shop;
  shop.add(shop.tenant, "Urgente");
  CHECK(shop.labels("").empty());
  CHECK(error_of([&] { Tx(shop.pool, "").run(insert_label, new_id(), "x"); }).code() == Code::kInternal);
  CHECK(error_of([&] { Tx(shop.pool, "").run(insert_label_of, new_id(), "x", shop.tenant); }).code() ==
        Code::kInternal);
}

TEST_CASE("a transaction may change its tenant, and the next one starts without it") {
  Shop shop;
  shop.add(shop.tenant, "Urgente");
  {
    Tx tx(shop.pool, "");
    tx.set_tenant(shop.tenant);
    CHECK(tx.tenant_id() == shop.tenant);
    CHECK(tx.all(all_labels).size() == 1);
    tx.commit();
  }
  CHECK(shop.labels("").empty());
}

TEST_CASE("a tenant that is no UUID is refused before the database hears of it") {
  Shop shop;
  for (const auto* bad : {"x", "'; DROP TABLE shop.label; --", "00000000-0000-0000-0000-00000000000G"})
    CHECK(error_of([&] { Tx(shop.pool, bad); }).code() == Code::kInvalidArgument);
}

TEST_CASE("what is not committed is rolled back") {
  Shop shop;
  Tx(shop.pool, shop.tenant).run(insert_label, new_id(), "Urgente");
  CHECK(shop.labels(shop.tenant).empty());
}

TEST_CASE("after a failure the transaction cannot be committed") {
  Shop shop;
  const auto id = shop.add(shop.tenant, "Urgente");
  Tx tx(shop.pool, shop.tenant);
  tx.run(insert_label, new_id(), "Otra");
  CHECK_THROWS_AS(tx.run(insert_label, id, "Repetida"), Error);
  CHECK(error_of([&] { tx.all(all_labels); }).code() == Code::kInternal);
  CHECK(error_of([&] { tx.commit(); }).code() == Code::kInternal);
}

TEST_CASE("what the database refuses has a code, a reason, and no customer's text") {
  Shop shop;
  const auto id = shop.add(shop.tenant, "Secreta");
  const auto fresh = new_id();
  struct Case {
    const char* what;
    std::function<void(Tx&)> act;
    Code code;
    std::string reason;
  };
  const Case cases[] = {
      {"unique", [&](Tx& tx) { tx.run(insert_label, fresh, "Secreta"); }, Code::kAlreadyExists, "LABEL_NAME_TAKEN"},
      {"primary key", [&](Tx& tx) { tx.run(insert_label, id, "Secreta 2"); }, Code::kAlreadyExists, "LABEL_PKEY"},
      {"foreign key", [&](Tx& tx) { tx.run(insert_child, fresh, "Secreta 3", new_id()); }, Code::kFailedPrecondition,
       "LABEL_PARENT_ID_FKEY"},
      {"check", [&](Tx& tx) { tx.run(insert_label, fresh, ""); }, Code::kInvalidArgument, "LABEL_NAME_CHECK"},
      {"not null", [&](Tx& tx) { tx.run(insert_label, fresh, nullptr); }, Code::kInternal, "DATABASE"},
      {"malformed", [&](Tx& tx) { tx.run(insert_label, "Secreta", "x"); }, Code::kInvalidArgument, "MALFORMED_VALUE"},
      {"no UTF-8", [&](Tx& tx) { tx.run(insert_label, fresh, "Secreta \xff"); }, Code::kInvalidArgument,
       "MALFORMED_VALUE"},
      {"NUL", [&](Tx& tx) { tx.run(insert_label, fresh, std::string_view("Secreta\0", 8)); }, Code::kInvalidArgument,
       "MALFORMED_VALUE"},
      {"too few arguments", [&](Tx& tx) { tx.run(insert_label, fresh); }, Code::kInternal, "DATABASE"},
  };
  for (const auto& one : cases) {
    INFO(one.what);
    const auto error = error_of([&] {
      Tx tx(shop.pool, shop.tenant);
      one.act(tx);
    });
    CHECK(error.code() == one.code);
    CHECK(error.reason() == one.reason);
    CHECK_THAT(error.message(), !Catch::Contains("Secreta"));
    CHECK_THAT(error.message(), Catch::Contains("shop.insert_"));
  }
}

TEST_CASE("a customer's text cannot pass for the name of a constraint") {
  Shop shop;
  const std::string hostile = "x\nCONSTRAINT NAME:  fake\n";
  shop.add(shop.tenant, hostile);
  CHECK(error_of([&] { shop.add(shop.tenant, hostile); }).reason() == "LABEL_NAME_TAKEN");
}

TEST_CASE("a statement that takes too long is stopped") {
  const TestDatabase database({&schema});
  Pool pool({.dsn = database.app_dsn(), .statement_timeout = 50ms}, {&schema});
  CHECK(error_of([&] { Tx(pool, "").all(sample::sleep, 30); }).code() == Code::kDeadlineExceeded);
}

TEST_CASE("of two transactions that wait for each other one goes on and one is to be repeated") {
  Shop shop;
  const auto first = shop.add(shop.tenant, "a");
  const auto second = shop.add(shop.tenant, "b");
  Tx mine(shop.pool, shop.tenant);
  Tx theirs(shop.pool, shop.tenant);
  mine.run(rename_label, first, "a1");
  theirs.run(rename_label, second, "b2");
  std::optional<Error> mine_failed;
  std::optional<Error> theirs_failed;
  const auto rename = [](Tx& tx, const std::string& id, std::optional<Error>& failed) {
    try {
      tx.run(rename_label, id, "c");
      tx.commit();
    } catch (const Error& error) {
      failed = error;
    }
  };
  {
    const std::jthread thread([&] { rename(theirs, first, theirs_failed); });
    rename(mine, second, mine_failed);
  }
  REQUIRE(theirs_failed.has_value() != mine_failed.has_value());
  CHECK((theirs_failed ? theirs_failed : mine_failed)->code() == Code::kAborted);
}

TEST_CASE("a result that is not as the code expects is an error of ours") {
  Shop shop;
  shop.add(shop.tenant, "a");
  shop.add(shop.tenant, "b");
  const auto internal = [&](auto act) {
    Tx tx(shop.pool, shop.tenant);
    return error_of([&] { act(tx); }).code() == Code::kInternal;
  };
  CHECK(internal([](Tx& tx) { tx.one(all_labels); }));
  CHECK(internal([](Tx& tx) { tx.maybe(all_labels); }));
  CHECK(internal([](Tx& tx) { tx.all(all_labels)[0].text("colour"); }));
  CHECK(internal([](Tx& tx) { tx.all(all_labels)[0].number("name"); }));
  CHECK(internal([](Tx& tx) { tx.all(all_labels)[0].time("parent_id"); }));
  Tx tx(shop.pool, shop.other);
  CHECK_FALSE(tx.maybe(all_labels));
  CHECK(error_of([&] { tx.one(all_labels); }).code() == Code::kInternal);
}
