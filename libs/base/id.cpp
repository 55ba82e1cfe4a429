#include "libs/base/id.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "libs/base/encoding.h"

namespace centralita {
namespace {

using Bytes = std::array<unsigned char, 16>;

std::string format(const Bytes& bytes) {
  auto hex = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  for (const size_t dash : {8, 13, 18, 23}) hex.insert(dash, "-");
  return hex;
}

void put_time(Bytes& bytes, uint64_t millis) {
  for (int i = 0; i < 6; ++i) bytes[static_cast<size_t>(i)] = static_cast<unsigned char>(millis >> (40 - 8 * i));
}

uint64_t millis_of(Time time) {
  return static_cast<uint64_t>(std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count());
}

}  // namespace

std::string new_id() {
  // The 12 bits after the version count within a millisecond: RFC 9562, section 6.2, method 1.
  static std::mutex mutex;
  static uint64_t last_millis = 0;
  static unsigned counter = 0;
  Bytes bytes;
  randombytes_buf(bytes.data(), bytes.size());
  uint64_t millis = millis_of(SystemClock{}.now());
  unsigned count = 0;
  {
    const std::lock_guard lock(mutex);
    if (millis > last_millis) {
      last_millis = millis;
      counter = (static_cast<unsigned>(bytes[6]) << 8 | bytes[7]) & 0x3ff;
    } else if (++counter > 0xfff) {
      ++last_millis;
      counter = 0;
    }
    millis = last_millis;
    count = counter;
  }
  put_time(bytes, millis);
  bytes[6] = static_cast<unsigned char>(0x70 | count >> 8);
  bytes[7] = static_cast<unsigned char>(count);
  bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3f));
  return format(bytes);
}

std::string first_id(Time time) {
  Bytes bytes{};
  put_time(bytes, millis_of(time));
  bytes[6] = 0x70;
  bytes[8] = 0x80;
  return format(bytes);
}

std::string id_of(std::string_view text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  Bytes bytes;
  std::copy_n(hash.begin(), bytes.size(), bytes.begin());
  bytes[6] = static_cast<unsigned char>(0x80 | (bytes[6] & 0x0f));
  bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3f));
  return format(bytes);
}

bool is_id(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

}  // namespace centralita
