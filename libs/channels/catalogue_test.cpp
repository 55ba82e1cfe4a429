#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "libs/channels/channel.h"

using namespace centralita::channels;

TEST_CASE("each kind of channel is in the catalogue once, and says what it needs") {
  std::set<std::string_view> kinds;
  for (const auto* adapter : catalogue()) {
    INFO(adapter->kind());
    CHECK(kinds.insert(adapter->kind()).second);
    CHECK(find_adapter(adapter->kind()) == adapter);
    CHECK_FALSE(adapter->title().empty());
    std::set<std::string_view> names;
    for (const auto& field : adapter->fields()) {
      CHECK(names.insert(field.name).second);
      CHECK_FALSE(field.description.empty());
    }
    CHECK(adapter->accepted().status == 200);
  }
  CHECK(kinds == std::set<std::string_view>{"chatwoot", "twilio"});
  CHECK(find_adapter("paloma") == nullptr);
}

TEST_CASE("what a channel was not told reads as empty") {
  Channel channel;
  channel.settings = {{"address", "+14155550100"}};
  CHECK(channel.setting("address") == "+14155550100");
  CHECK(channel.setting("otro").empty());
  CHECK(channel.credential("address").empty());
}
