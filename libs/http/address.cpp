#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "libs/http/client.h"

namespace centralita::http {
namespace {

template <size_t N>
struct Range {
  std::array<uint8_t, N> prefix;
  int bits;

  bool holds(const std::array<uint8_t, N>& address) const {
    const int whole = bits / 8;
    if (std::memcmp(address.data(), prefix.data(), whole) != 0) return false;
    const int rest = bits % 8;
    return rest == 0 || (address[whole] ^ prefix[whole]) >> (8 - rest) == 0;
  }
};

// https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast
constexpr Range<4> kSpecial4[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 4},
    {{240}, 4},
};

// Only 2000::/3 is global unicast: that leaves out loopback, mapped, NAT64, unique and link-local, and multicast. Of
// it, https://www.iana.org/assignments/iana-ipv6-special-registry: protocol assignments with Teredo, documentation,
// 6to4.
constexpr Range<16> kGlobal6 = {{0x20}, 3};
constexpr Range<16> kSpecial6[] = {
    {{0x20, 0x01, 0x00}, 23},
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
    {{0x20, 0x02}, 16},
    {{0x3f, 0xff, 0x00}, 20},
};

}  // namespace

bool is_public_address(const std::string& address) {
  std::array<uint8_t, 4> four{};
  if (inet_pton(AF_INET, address.c_str(), four.data()) == 1) {
    for (const auto& range : kSpecial4)
      if (range.holds(four)) return false;
    return true;
  }
  std::array<uint8_t, 16> six{};
  if (inet_pton(AF_INET6, address.c_str(), six.data()) != 1 || !kGlobal6.holds(six)) return false;
  for (const auto& range : kSpecial6)
    if (range.holds(six)) return false;
  return true;
}

}  // namespace centralita::http
