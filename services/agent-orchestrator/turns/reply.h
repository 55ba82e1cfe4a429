#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace centralita::agents {

/// Whether the one who wrote an answer came to its end, or was stopped by a limit.
enum class Ending { kComplete, kCutShort };

/// At most this many characters go to a customer at once.
inline constexpr size_t kLongestReply = 1'500;

/// A model's answer as it may be sent: without its reasoning, trimmed, at most kLongestReply characters, ending with a
/// sentence. Nothing when no customer should see it: empty, no words, not UTF-8, a web page, the same over and over, or
/// the markers of a chat template.
std::optional<std::string> to_reply(std::string_view raw, Ending ending = Ending::kComplete);

}  // namespace centralita::agents
