#include <argon2.h>

#include "libs/base/error.h"
#include "libs/security/security.h"

namespace centralita::security {
namespace {

constexpr uint32_t kPasses = 3;
constexpr uint32_t kKibibytes = 64 << 10;
constexpr uint32_t kLanes = 1;
constexpr size_t kSalt = 16;
constexpr size_t kHash = 32;

}  // namespace

std::string hash_password(std::string_view password) {
  const auto salt = random_bytes(kSalt);
  std::string encoded(argon2_encodedlen(kPasses, kKibibytes, kLanes, kSalt, kHash, Argon2_id), '\0');
  const int result = argon2id_hash_encoded(kPasses, kKibibytes, kLanes, password.data(), password.size(), salt.data(),
                                           salt.size(), kHash, encoded.data(), encoded.size());
  if (result != ARGON2_OK) throw Error(Code::kResourceExhausted, "PASSWORD_HASH_FAILED", argon2_error_message(result));
  encoded.resize(encoded.find('\0'));
  return encoded;
}

bool check_password(std::string_view encoded, std::string_view password) {
  const int result = argon2id_verify(std::string(encoded).c_str(), password.data(), password.size());
  // Want of memory must not look like a wrong password.
  if (result == ARGON2_MEMORY_ALLOCATION_ERROR)
    throw Error(Code::kResourceExhausted, "PASSWORD_HASH_FAILED", argon2_error_message(result));
  return result == ARGON2_OK;
}

}  // namespace centralita::security
