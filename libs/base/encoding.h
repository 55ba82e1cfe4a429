#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace centralita {

/// Lower-case hex digits of the bytes.
std::string to_hex(std::string_view bytes);
/// Nothing when the text is not an even number of hex digits, of either case.
std::optional<std::string> from_hex(std::string_view text);

/// RFC 4648 base64 with padding.
std::string to_base64(std::string_view bytes);
/// Nothing when the text is not base64 with padding.
std::optional<std::string> from_base64(std::string_view text);
/// RFC 4648 base64url without padding: safe in URLs and tokens.
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

/// RFC 3986: everything but the unreserved characters percent-encoded.
std::string percent_encode(std::string_view text);
/// Decodes %XX; a percent sign that is not followed by two hex digits stays as it is.
std::string percent_decode(std::string_view text);

/// An application/x-www-form-urlencoded body or query string, decoded, in its order; repeated names are kept.
using Form = std::vector<std::pair<std::string, std::string>>;
Form parse_form(std::string_view text);
std::string format_form(const Form& form);

/// Whether the bytes are well-formed UTF-8 without NUL: what PostgreSQL text and protobuf strings can hold.
bool is_text(std::string_view bytes);
/// The bytes as such text: what is no well-formed character, and NUL, as U+FFFD, one for each byte.
std::string to_text(std::string_view bytes);
/// The longest prefix of at most `limit` bytes that does not cut a UTF-8 character.
std::string_view utf8_prefix(std::string_view text, size_t limit);

}  // namespace centralita
