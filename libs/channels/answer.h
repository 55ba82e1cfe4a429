#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/channels/channel.h"

namespace centralita::channels {

/// The result of an attempt whose answer settles nothing, or puts it off: no connection and 429 are Postponed, a lost
/// answer and 5xx are Uncertain. Nothing for a success or a refusal, which the adapter reads itself. `provider` is its
/// name for people.
std::optional<SendResult> undecided(const http::ClientResponse& response, std::string_view provider);

/// Throws UNAVAILABLE unless the provider answered a question with success.
void require_answer(const http::ClientResponse& response, std::string_view provider);

}  // namespace centralita::channels
