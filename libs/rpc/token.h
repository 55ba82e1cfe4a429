#pragma once

#include <string>
#include <string_view>

#include "libs/base/caller.h"
#include "libs/base/clock.h"

namespace centralita::rpc {

/// Proves between our own processes who calls: a CallerToken authenticated with HMAC-SHA-512-256 (libsodium
/// crypto_auth) under the key that all processes share. Set once at start, before the first call.
void set_internal_key(std::string_view key);

/// Good for a minute, for one hop.
std::string sign(const Caller& caller, Time now);
/// UNAUTHENTICATED when the token is malformed, forged or too old. The trace is not part of it.
Caller verify(std::string_view token, Time now);

/// Metadata names.
inline constexpr char kTokenHeader[] = "x-centralita-caller-bin";
inline constexpr char kTraceHeader[] = "traceparent";

}  // namespace centralita::rpc
