#include "libs/text/phone.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

using centralita::text::parse_phone;

namespace {

struct Case {
  std::string input;
  std::string region;
  std::string e164;  ///< "" when it is no number.
};

std::string e164_of(const Case& c) {
  const auto phone = parse_phone(c.input, c.region);
  return phone ? phone->e164 : "";
}

}  // namespace

TEST_CASE("a phone number is read as people of each country write it") {
  const std::vector<Case> cases{
      {"310 555 0147", "CO", "+573105550147"},
      {"(310) 555-0147", "CO", "+573105550147"},
      {"+57 310 555 0147", "CO", "+573105550147"},
      {"573105550147", "CO", "+573105550147"},
      {"601 555 0147", "CO", "+576015550147"},
      {"011 15 5550-1147", "AR", "+5491155501147"},
      {"11 15 5550-1147", "AR", "+5491155501147"},
      {"+54 11 5550 1147", "AR", "+541155501147"},
      {"0351 15 555 0147", "AR", "+5493515550147"},
      {"549 11 5550-1147", "AR", "+5491155501147"},
      {"55 1234 0147", "MX", "+525512340147"},
      {"(55)1234-0147", "MX", "+525512340147"},
      {"612 00 01 47", "ES", "+34612000147"},
      {"0034 612 00 01 47", "ES", "+34612000147"},
      {"34612000147", "ES", "+34612000147"},
      {"900 123 147", "ES", "+34900123147"},
      {"+55 21 99123-0147", "BR", "+5521991230147"},
      {"0xx21 99123-0147", "BR", "+5521991230147"},
      {"0 15 21 99123-0147", "BR", "+5521991230147"},
      {"(415) 555-0147", "US", "+14155550147"},
      {"1-415-555-0147", "US", "+14155550147"},
      {"011 57 310 555 0147", "US", "+573105550147"},
      {"1 800 FLOWERS", "US", "+18003569377"},
      {"+57 601 555 0147 ext. 12", "CO", "+576015550147"},
      {"912 340 147", "PE", "+51912340147"},
      {"+593 99 123 0147", "", "+593991230147"},
      {"094 230 147", "UY", "+59894230147"},
      {"0961 450147", "PY", "+595961450147"},
      {"04121230147", "VE", "+584121230147"},
      {"71230147", "BO", "+59171230147"},
      {"8312 0147", "CR", "+50683120147"},
      {"809-234-0147", "DO", "+18092340147"},
      {"+351 912 340 147", "", "+351912340147"},
      {"٣١٠٥٥٥٠١٤٧", "CO", "+573105550147"},
      {"+57\u00a0310\u2011555\u20110147", "CO", "+573105550147"},
      {"＋573105550147", "", "+573105550147"},
  };
  for (const auto& c : cases) {
    INFO(c.input << " in " << c.region);
    CHECK(e164_of(c) == c.e164);
  }
}

TEST_CASE("a phone number is read as providers write it") {
  const std::vector<Case> cases{
      {"whatsapp:+573105550147", "", "+573105550147"},
      {"WhatsApp:+573105550147", "MX", "+573105550147"},
      {"whatsapp:573105550147", "AR", "+573105550147"},
      {"tel:+1-415-555-0147", "CO", "+14155550147"},
      {"573105550147@s.whatsapp.net", "", "+573105550147"},
      {"573105550147:12@s.whatsapp.net", "ES", "+573105550147"},
      {"573105550147@c.us", "", "+573105550147"},
      {"573105550147", "", "+573105550147"},
      {"5491155501147", "CO", "+5491155501147"},
      {"14155550147", "CO", "+14155550147"},
      {"34612000147", "", "+34612000147"},
      {"  +573105550147\n", "", "+573105550147"},
  };
  for (const auto& c : cases) {
    INFO(c.input << " in " << c.region);
    CHECK(e164_of(c) == c.e164);
  }
}

TEST_CASE("what is no phone number is not taken for one") {
  const std::vector<Case> cases{
      {"", "CO"},
      {"   ", "CO"},
      {"hola", "CO"},
      {"123", "CO"},
      {"310 555 0147", ""},
      {"3105550147", ""},
      {"3105550147", "ES"},
      {"650-253-000", "US"},
      {"+999 123456789", ""},
      {"+57310555014712345678", "CO"},
      {"US.3105550147", "CO"},
      {"whatsapp:CO.3105550147", "CO"},
      {"whatsapp:", "CO"},
      {"120363000000000147@g.us", "CO"},
      {"5731055501470@lid", "CO"},
      {"ana@example.com", "CO"},
      {"310 555 0147 / 311 555 0147", "CO"},
      {"3105550147, 3115550147", "CO"},
      {"+573105550147 +573115550147", "CO"},
      {"+573105550147\n3115550147", "CO"},
      {std::string("310\0 555 0147", 13), "CO"},
      {"\xff\xfe 310 555 0147", "CO"},
      {std::string(100'000, '3'), "CO"},
  };
  for (const auto& c : cases) {
    INFO(c.input.substr(0, 60) << " in " << c.region);
    CHECK(e164_of(c).empty());
  }
}

TEST_CASE("WhatsApp's spellings of one number are the same person's") {
  struct Person {
    std::string wa_id;
    std::string e164;
    std::string match;
    std::vector<std::string> also;
  };
  const std::vector<Person> people{
      {"573105550147", "+573105550147", "+573105550147", {"+57 310 555 0147"}},
      {"5491155501147", "+5491155501147", "+541155501147", {"+541155501147", "+54 9 11 5550 1147"}},
      {"5215512340147", "+525512340147", "+525512340147", {"+52 1 55 1234 0147", "+525512340147"}},
      {"553191230147", "+5531991230147", "+5531991230147", {"+55 31 9123-0147", "+5531991230147"}},
      {"558781230147", "+5587981230147", "+5587981230147", {"+55 87 98123-0147"}},
      {"555161230147", "+5551961230147", "+5551961230147", {"5551961230147"}},
      {"34612000147", "+34612000147", "+34612000147", {"0034612000147"}},
  };
  for (const auto& person : people) {
    for (const auto& spelling : {person.wa_id, "whatsapp:+" + person.wa_id, person.wa_id + "@s.whatsapp.net"}) {
      INFO(spelling);
      const auto phone = parse_phone(spelling, "ES");
      REQUIRE(phone);
      CHECK(phone->e164 == person.e164);
      CHECK(phone->match == person.match);
    }
    for (const auto& spelling : person.also) {
      INFO(spelling);
      const auto phone = parse_phone(spelling, "ES");
      REQUIRE(phone);
      CHECK(phone->match == person.match);
    }
  }
}

TEST_CASE("a Brazilian fixed line gets no ninth digit") {
  CHECK(parse_phone("+55 21 2123-0147")->e164 == "+552121230147");
  CHECK(parse_phone("+558200000147")->e164 == "+558200000147");
}

TEST_CASE("a number tells its country") {
  CHECK(parse_phone("+573105550147")->region == "CO");
  CHECK(parse_phone("+5215512340147")->region == "MX");
  CHECK(parse_phone("+14155550147")->region == "US");
  CHECK(parse_phone("+80012345678")->region.empty());  // freephone of no country
}

// Debian 12 brings libphonenumber 8.12.57. Where later releases (seen: 8.13.48) read differently:
//  - "03 300 1234567" in CO: later the carrier's prefix 03 is dropped; here it stays, as a possible number.
//  - Mexico's 1, 044, 045 and 01: later no possible numbers; here the prefix is dropped, which is what we want of both.
TEST_CASE("a Mexican number with the prefixes of the old plan is read") {
  CHECK(parse_phone("+52 1 55 1234-0147", "MX")->e164 == "+525512340147");
  CHECK(parse_phone("044 55 1234-0147", "MX")->e164 == "+525512340147");
  CHECK(parse_phone("01 55 1234 0147", "MX")->e164 == "+525512340147");
}

TEST_CASE("numbers are read quickly and from many threads at once") {
  parse_phone("+573105550147");  // loads the metadata
  std::atomic<int> read{0};
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&read] {
      for (int i = 0; i < 500; ++i)
        read += parse_phone("300 123 " + std::to_string(1000 + i), "CO").has_value() ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  CHECK(read == 4000);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));  // 15 µs each, measured
}
