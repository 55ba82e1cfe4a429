#include <sodium.h>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/security/security.h"

namespace centralita::security {
namespace {

constexpr size_t kKey = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Error cannot_open(std::string message) { return {Code::kInternal, "SEALED_VALUE_UNREADABLE", std::move(message)}; }

}  // namespace

Vault::Vault(std::map<std::string, std::string> keys, std::string current)
    : keys_(std::move(keys)), current_(std::move(current)) {
  for (const auto& [id, key] : keys_) {
    if (id.empty() || id.find(':') != std::string::npos)
      throw Error(Code::kInvalidArgument, "BAD_VAULT_KEY", "A vault key's id is empty or holds a colon.");
    if (key.size() != kKey)
      throw Error(Code::kInvalidArgument, "BAD_VAULT_KEY", "The vault key \"" + id + "\" is not 32 bytes long.");
  }
  if (!keys_.contains(current_))
    throw Error(Code::kInvalidArgument, "BAD_VAULT_KEY", "There is no vault key \"" + current_ + "\".");
}

std::string Vault::seal(std::string_view plain, std::string_view context) const {
  const auto nonce = random_bytes(kNonce);
  std::string sealed(plain.size() + kTag, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed), nullptr, bytes_of(plain), plain.size(),
                                             bytes_of(context), context.size(), nullptr,
                                             bytes_of(std::string_view(nonce)), bytes_of(keys_.at(current_)));
  return current_ + ':' + to_base64url(nonce + sealed);
}

std::string Vault::open(std::string_view sealed, std::string_view context) const {
  const auto colon = sealed.find(':');
  const auto key = keys_.find(std::string(sealed.substr(0, colon)));
  if (colon == std::string_view::npos || key == keys_.end())
    throw cannot_open("A sealed value names a vault key that is not configured.");
  const auto bytes = from_base64url(sealed.substr(colon + 1));
  if (!bytes || bytes->size() < kNonce + kTag) throw cannot_open("A sealed value is malformed.");

  const auto cipher = std::string_view(*bytes).substr(kNonce);
  std::string plain(cipher.size() - kTag, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(plain), nullptr, nullptr, bytes_of(cipher), cipher.size(),
                                                 bytes_of(context), context.size(), bytes_of(std::string_view(*bytes)),
                                                 bytes_of(key->second)) != 0)
    throw cannot_open("A sealed value was changed or belongs to something else.");
  return plain;
}

}  // namespace centralita::security
