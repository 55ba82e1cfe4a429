#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace centralita::security {

/// Raw digests.
std::string sha256(std::string_view data);
std::string hmac_sha1(std::string_view key, std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);

/// Compares in a time that depends on the lengths only.
bool equal(std::string_view a, std::string_view b);

/// `bytes` random bytes from the system.
std::string random_bytes(size_t bytes);

/// A new secret to hand out: `prefix` + 256 random bits in base64url, e.g. "ck_…".
std::string new_token(std::string_view prefix);
/// How a token is kept: hex SHA-256. Tokens have 256 random bits, so a plain hash is enough.
std::string token_hash(std::string_view token);

/// argon2id, encoded with its parameters and salt (RFC 9106, second recommended option scaled to 64 MiB).
std::string hash_password(std::string_view password);
bool check_password(std::string_view encoded, std::string_view password);

/// Encrypts what is kept at rest: XChaCha20-Poly1305 (libsodium), bound to a context such as "<tenant>/<row>", so that
/// a value moved to another row does not open. The text form is "<key id>:<base64url nonce and ciphertext>".
/// Thread-safe.
class Vault {
 public:
  /// Keys by id, 32 bytes each; new values are sealed with `current`. INVALID_ARGUMENT when a key has another size or
  /// `current` names none.
  Vault(std::map<std::string, std::string> keys, std::string current);

  std::string seal(std::string_view plain, std::string_view context) const;
  /// INTERNAL when the key is not known, or the value was changed or belongs to another context.
  std::string open(std::string_view sealed, std::string_view context) const;

 private:
  std::map<std::string, std::string> keys_;
  std::string current_;
};

}  // namespace centralita::security
