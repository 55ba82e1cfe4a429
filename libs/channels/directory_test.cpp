#include "libs/channels/directory.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "libs/base/error.h"
#include "tests/support/fake_accounts.h"

using namespace centralita;
using namespace centralita::channels;
using namespace std::chrono_literals;

namespace {

const auto kCaller = Caller::service("messaging-ingest", "", Trace::start());

accounts::v1::ResolvedChannel channel(const std::string& id, const std::string& name = "WhatsApp") {
  accounts::v1::ResolvedChannel resolved;
  resolved.set_tenant_id("tenant-1");
  resolved.set_region("CO");
  resolved.mutable_channel()->set_id(id);
  resolved.mutable_channel()->set_kind("twilio");
  resolved.mutable_channel()->set_name(name);
  resolved.mutable_channel()->set_address("whatsapp:+573001112233");
  (*resolved.mutable_channel()->mutable_settings())["address"] = "whatsapp:+573001112233";
  (*resolved.mutable_credentials())["authToken"] = "secreto";
  return resolved;
}

}  // namespace

TEST_CASE("a channel is found by id and by address, with everything that its adapter needs") {
  tests::FakeAccounts accounts;
  accounts.put(channel("c1"));
  Directory directory(accounts.channel());
  const auto found = directory.by_id(kCaller, "c1");
  REQUIRE(found);
  CHECK(found->channel.tenant_id == "tenant-1");
  CHECK(found->channel.region == "CO");
  CHECK(found->channel.setting("address") == "whatsapp:+573001112233");
  CHECK(found->channel.credential("authToken") == "secreto");
  CHECK(found->facts.credentials().empty());
  CHECK(found->adapter == find_adapter("twilio"));
  CHECK(directory.by_address(kCaller, "twilio", "whatsapp:+573001112233")->channel.id == "c1");
  CHECK_FALSE(directory.by_address(kCaller, "twilio", "whatsapp:+573009999999"));

  auto unknown_kind = channel("c2");
  unknown_kind.mutable_channel()->set_kind("paloma");
  accounts.put(unknown_kind);
  CHECK_FALSE(directory.by_id(kCaller, "c2"));
}

TEST_CASE("an answer is remembered, also that there is no such channel, until it is old or to be forgotten") {
  tests::FakeAccounts accounts;
  accounts.put(channel("c1", "antes"));
  Directory directory(accounts.channel(), 1h);
  for (int i = 0; i < 5; ++i) CHECK(directory.by_id(kCaller, "c1")->facts.channel().name() == "antes");
  for (int i = 0; i < 5; ++i) CHECK_FALSE(directory.by_id(kCaller, "c2"));
  CHECK(accounts.asked == 2);

  accounts.put(channel("c1", "después"));
  accounts.put(channel("c2"));
  directory.forget("c1");
  CHECK(directory.by_id(kCaller, "c1")->facts.channel().name() == "después");
  directory.forget("c2");
  CHECK(directory.by_id(kCaller, "c2"));

  Directory forgetful(accounts.channel(), 0ms);
  const auto before = accounts.asked.load();
  forgetful.by_id(kCaller, "c1");
  forgetful.by_id(kCaller, "c1");
  CHECK(accounts.asked == before + 2);
}

TEST_CASE("while accounts is away a channel that it told of still counts, and all others are unavailable") {
  tests::FakeAccounts accounts;
  accounts.put(channel("c1"));
  Directory directory(accounts.channel(), 0ms);
  CHECK(directory.by_id(kCaller, "c1"));
  CHECK_FALSE(directory.by_id(kCaller, "gone"));
  accounts.stop();
  CHECK(directory.by_id(kCaller, "c1"));
  for (const auto* id : {"c2", "gone"}) try {
      directory.by_id(kCaller, id);
      FAIL("found what nobody said");
    } catch (const Error& error) {
      CHECK(error.transient());
    }
}

TEST_CASE("while accounts is away, nobody waits for it again who was just let down") {
  tests::FakeAccounts accounts;
  accounts.put(channel("c1"));
  Directory directory(accounts.channel(), 1h);
  REQUIRE(directory.by_id(kCaller, "c1"));
  accounts.stop();
  directory.forget("c1");
  REQUIRE(directory.by_id(kCaller, "c1"));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) CHECK(directory.by_id(kCaller, "c1"));
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
}

TEST_CASE("many may ask at once") {
  tests::FakeAccounts accounts;
  accounts.put(channel("c1"));
  Directory directory(accounts.channel(), 1ms);
  std::atomic<int> found{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          if (i % 50 == 0) directory.forget("c1");
          found += directory.by_id(kCaller, "c1") != nullptr;
        }
      });
  }
  CHECK(found == 1'600);
}
