#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sodium.h>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/security/security.h"

namespace centralita::security {
namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view data) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int length = 0;
  // An empty string_view may hold a null pointer, which HMAC would take for "the key of the last call".
  if (!HMAC(digest, key.data() != nullptr ? key.data() : "", static_cast<int>(key.size()), bytes_of(data), data.size(),
            reinterpret_cast<unsigned char*>(out.data()), &length))
    throw Error(Code::kInternal, "HMAC_FAILED", "The message authentication code could not be computed.");
  out.resize(length);
  return out;
}

}  // namespace

std::string sha256(std::string_view data) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(bytes_of(data), data.size(), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

std::string hmac_sha1(std::string_view key, std::string_view data) { return hmac(EVP_sha1(), key, data); }
std::string hmac_sha256(std::string_view key, std::string_view data) { return hmac(EVP_sha256(), key, data); }

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(size_t bytes) {
  std::string out(bytes, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

std::string new_token(std::string_view prefix) { return std::string(prefix) + to_base64url(random_bytes(32)); }
std::string token_hash(std::string_view token) { return to_hex(sha256(token)); }

}  // namespace centralita::security
