#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/http/message.h"

/// X-Twilio-Signature, as "Webhooks security" of Twilio's documentation describes it and as its SDKs check it.
namespace centralita::channels::twilio {

/// The URLs under which Twilio may have called for this request to arrive: by `public_url`, which is our address as
/// Twilio knows it (scheme and host, or the whole URL of the webhook; may be empty), and by the request's own headers.
/// Headers may lie: they choose only what is compared with a signature that nobody can make without the token.
std::vector<std::string> called_urls(const http::Request& request, std::string_view public_url);

/// Whether the request carries the signature of `auth_token` for one of the URLs, with or without its port, its query
/// as it came or encoded again. A form beyond 128 KiB is none of Twilio's. In constant time for one token.
bool is_signed(const http::Request& request, const std::vector<std::string>& urls, std::string_view auth_token);

}  // namespace centralita::channels::twilio
