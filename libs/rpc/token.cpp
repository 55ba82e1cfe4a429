#include "libs/rpc/token.h"

#include <sodium.h>

#include <array>
#include <atomic>

#include "centralita/options.pb.h"
#include "libs/base/error.h"

namespace centralita::rpc {
namespace {

using std::chrono::seconds;

constexpr seconds kLifetime{60};

std::array<unsigned char, crypto_auth_KEYBYTES> internal_key;
std::atomic<bool> internal_key_set = false;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

const unsigned char* key() {
  if (!internal_key_set) throw Error(Code::kInternal, "NO_INTERNAL_KEY", "The internal key is not set.");
  return internal_key.data();
}

Error refused() { return {Code::kUnauthenticated, "BAD_CALLER", "The caller's token is not valid."}; }

}  // namespace

void set_internal_key(std::string_view shared) {
  if (shared.size() < 32)
    throw Error(Code::kInvalidArgument, "BAD_INTERNAL_KEY", "The internal key needs at least 32 characters.");
  crypto_generichash(internal_key.data(), internal_key.size(), bytes(shared), shared.size(), nullptr, 0);
  internal_key_set = true;
}

std::string sign(const Caller& caller, Time now) {
  CallerToken token;
  token.set_tenant_id(caller.tenant_id);
  token.set_subject(caller.subject);
  token.mutable_permissions()->Assign(caller.permissions.begin(), caller.permissions.end());
  token.set_expires_at(std::chrono::floor<seconds>(now + kLifetime).time_since_epoch().count());

  std::string signed_token(crypto_auth_BYTES, '\0');
  const auto body = token.SerializeAsString();
  crypto_auth(reinterpret_cast<unsigned char*>(signed_token.data()), bytes(body), body.size(), key());
  return signed_token + body;
}

Caller verify(std::string_view signed_token, Time now) {
  if (signed_token.size() < crypto_auth_BYTES) throw refused();
  const auto body = signed_token.substr(crypto_auth_BYTES);
  CallerToken token;
  if (crypto_auth_verify(bytes(signed_token), bytes(body), body.size(), key()) != 0 ||
      !token.ParseFromArray(body.data(), static_cast<int>(body.size())) || now >= Time(seconds(token.expires_at())))
    throw refused();
  return {token.tenant_id(), token.subject(), {token.permissions().begin(), token.permissions().end()}, {}};
}

}  // namespace centralita::rpc
