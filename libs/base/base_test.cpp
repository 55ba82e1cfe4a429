#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "libs/base/backoff.h"
#include "libs/base/caller.h"
#include "libs/base/clock.h"
#include "libs/base/config.h"
#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/base/id.h"

using namespace centralita;
using namespace std::chrono_literals;

TEST_CASE("ids of one process are unique and in order, from many threads at once") {
  std::vector<std::vector<std::string>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : made)
      threads.emplace_back([&mine] {
        for (int i = 0; i < 5'000; ++i) mine.push_back(new_id());
      });
  }
  std::set<std::string> all;
  for (const auto& mine : made) {
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  CHECK(all.size() == 20'000);
  CHECK(is_id(*all.begin()));
  CHECK((*all.begin())[14] == '7');
}

TEST_CASE("an id lies after the first id of its moment") {
  const auto before = SystemClock{}.now();
  const auto id = new_id();
  CHECK(first_id(before - 1ms) < id);
  CHECK(id < first_id(before + 1h));
}

TEST_CASE("the same text has the same id") {
  CHECK(id_of("a") == id_of("a"));
  CHECK(id_of("a") != id_of("b"));
  CHECK(is_id(id_of("")));
}

TEST_CASE("times survive being written and read, in the spellings of RFC 3339 and PostgreSQL") {
  const auto time = *parse_time("2026-02-28T23:59:59.123456Z");
  CHECK(format_time(time) == "2026-02-28T23:59:59.123456Z");
  CHECK(parse_time("2026-02-28 23:59:59.123456+00") == time);
  CHECK(parse_time("2026-03-01T04:59:59.123456+05:00") == time);
  CHECK(parse_time("2026-02-28T18:59:59.123456-05:00") == time);
  for (const auto* bad : {"", "2026", "2026-02-30T00:00:00Z", "2026-02-28T24:00:00Z", "2026-02-28T00:00:00",
                          "2026-02-28T00:00:00.Z", "2026-02-28T00:00:00Zx", "-026-02-28T00:00:00Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_time(bad));
  }
}

TEST_CASE("forms keep order, repeats and odd escapes") {
  CHECK(parse_form("a=1&b=%C3%B1+x&a=2&c&=d&&e=%zz") ==
        Form{{"a", "1"}, {"b", "ñ x"}, {"a", "2"}, {"c", ""}, {"", "d"}, {"e", "%zz"}});
  CHECK(format_form({{"To", "whatsapp:+57"}, {"b", "ñ"}}) == "To=whatsapp%3A%2B57&b=%C3%B1");
}

TEST_CASE("text is well-formed UTF-8 without NUL") {
  CHECK(is_text("ñandú 👋"));
  for (const std::string_view bad :
       {std::string_view("a\0b", 3), std::string_view("\xff"), std::string_view("\xc0\xaf"),
        std::string_view("\xed\xa0\x80"), std::string_view("\xf0\x9f\x91")}) {
    CHECK_FALSE(is_text(bad));
    CHECK(is_text(to_text(bad)));
  }
  CHECK(to_text("ñandú 👋") == "ñandú 👋");
  CHECK(to_text(std::string_view("a\0\xff"
                                 "b\xc3",
                                 5)) ==
        "a\ufffd\ufffd"
        "b\ufffd");
  CHECK(utf8_prefix("añb", 2) == "a");
  CHECK(utf8_prefix("añb", 3) == "añ");
}

TEST_CASE("base64 and hex are read strictly") {
  CHECK(from_base64(to_base64("\x01\xff")) == "\x01\xff");
  CHECK_FALSE(from_base64("a"));
  CHECK(from_base64url(to_base64url("\xfb\xff")) == "\xfb\xff");
  CHECK(from_hex("0aFf") == "\x0a\xff");
  CHECK_FALSE(from_hex("0"));
  CHECK_FALSE(from_hex("zz"));
}

TEST_CASE("back-off doubles up to its most, and never waits less than half a step") {
  const Backoff backoff{100ms, 1'000ms};
  CHECK(backoff.wait(1, 0) == 50ms);
  CHECK(backoff.wait(1, 0.99) < 100ms);
  CHECK(backoff.wait(3, 0) == 200ms);
  CHECK(backoff.wait(40, 0) == 500ms);
}

TEST_CASE("a caller may what it holds, wildcards included, but never what is internal") {
  const Caller caller{"t", "key:1", {"customers.view", "agents.*"}, {}};
  CHECK(caller.may("customers.view"));
  CHECK_FALSE(caller.may("customers.manage"));
  CHECK(caller.may("agents.manage"));
  CHECK_FALSE(caller.may("agentsx"));
  CHECK(Caller{"t", "user:1", {"*"}, {}}.may("anything.at-all"));
  CHECK_FALSE(Caller{"t", "user:1", {"*"}, {}}.may("internal"));
  CHECK(Caller::service("accounts", "t", {}).may("internal"));
}

TEST_CASE("settings come from the environment before the default, and malformed ones are named") {
  Config config;
  config.set("http.port", "8080");
  config.set("agent.debounce", "1.5s");
  config.set("bad", "12x");
  CHECK(config.number("http.port", 1, 1, 65'535) == 8080);
  CHECK(config.duration("agent.debounce", 0ms) == 1'500ms);
  CHECK(config.number("absent", 7, 0, 10) == 7);
  CHECK_THROWS_WITH(config.number("bad", 1, 0, 99), Catch::Contains("bad must be a whole number"));
  CHECK_THROWS_WITH(config.required("postgres.dsn"), Catch::Contains("CENTRALITA_POSTGRES_DSN"));
}

TEST_CASE("a misspelt setting is refused, one of a service that does not run here is not") {
  const auto path = std::filesystem::temp_directory_path() / ("centralita-config-" + new_id() + ".toml");
  std::ofstream(path)
      << "public_url = \"https://chat.example.com\"\n[http]\nport = 8080\n[agents]\ndebounce = \"2s\"\n";
  const Config config(path.string());
  CHECK(config.number("http.port", 0, 0, 65'535) == 8080);
  CHECK_NOTHROW(config.refuse_unread());
  CHECK(config.duration("agents.debounces", 0ms) == 0ms);
  CHECK_THROWS_WITH(config.refuse_unread(), Catch::Contains("agents.debounce is not known"));
  std::ofstream(path) << "[http\n";
  CHECK_THROWS_WITH(Config(path.string()), Catch::Contains("line 1"));
  std::filesystem::remove(path);
}

TEST_CASE("a malformed trace begins a new one") {
  const auto trace = Trace::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  CHECK(trace.trace_id == "0af7651916cd43dd8448eb211c80319c");
  CHECK(Trace::parse(trace.next().header()).trace_id == trace.trace_id);
  CHECK(Trace::parse("nonsense").trace_id.size() == 32);
  CHECK(Trace::parse("00-00000000000000000000000000000000-b7ad6b7169203331-01").trace_id.find_first_not_of('0') !=
        std::string::npos);
}
