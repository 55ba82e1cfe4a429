#include "libs/pg/connection.h"
#include "libs/pg/sample_test.h"
#include "tests/support/database.h"

using namespace centralita;
using namespace centralita::pg;
using namespace centralita::pg::sample;
using namespace std::chrono_literals;

namespace {

using Heard = std::vector<std::string>;

/// What was heard until there are `count` of it, within ten seconds.
Heard hear(Listener& listener, size_t count) {
  Heard heard;
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (heard.size() < count && std::chrono::steady_clock::now() < end)
    for (auto& one : listener.wait(200ms)) heard.push_back(std::move(one));
  return heard;
}

}  // namespace

TEST_CASE("a listener hears what a committed transaction said on its channels, in order") {
  const TestDatabase database({&schema});
  Pool pool({.dsn = database.app_dsn()}, {&schema});
  Listener listener(database.app_dsn(), {"bus", "timers"});
  Tx(pool, "").all(notify, "bus", "rolled back");
  Tx tx(pool, "");
  tx.all(notify, "bus", "1");
  tx.all(notify, "elsewhere", "2");
  tx.all(notify, "timers", "ñ");
  tx.commit();
  CHECK(hear(listener, 2) == Heard{"1", "ñ"});
}

TEST_CASE("a listener that hears nothing comes back in time") {
  const TestDatabase database({&schema});
  Listener listener(database.app_dsn(), {"bus"});
  const auto start = std::chrono::steady_clock::now();
  CHECK(listener.wait(50ms).empty());
  CHECK(std::chrono::steady_clock::now() - start >= 50ms);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("a listener whose session is killed listens again") {
  const TestDatabase database({&schema});
  Listener listener(database.app_dsn(), {"bus"});
  Connection other({.dsn = database.app_dsn()});
  CHECK(other.run(kill_others, {})[0].number("killed") == 1);
  CHECK(listener.wait(5s).empty());  // notices
  CHECK(listener.wait(5s).empty());  // is back
  const Param said[] = {"bus", "otra vez"};
  other.run(notify, said);
  CHECK(hear(listener, 1) == Heard{"otra vez"});
}

TEST_CASE("a listener needs the database when it is made") {
  CHECK(error_of([] { Listener("postgresql://127.0.0.1:1/x", {"bus"}); }).code() == Code::kUnavailable);
}
