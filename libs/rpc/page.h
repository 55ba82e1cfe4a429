#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace centralita::rpc {

/// Where the next page begins: the sort key of the last row shown, as an opaque token. It proves nothing; what a caller
/// may see is checked anew with each page.
std::string page_token(std::initializer_list<std::string_view> parts);

/// The parts of a token, each well-formed text; nothing when the token is empty: the first page. INVALID_ARGUMENT
/// naming pageToken when it is malformed or has another number of parts.
std::optional<std::vector<std::string>> read_page_token(std::string_view token, size_t parts);

/// How many rows to show: 50 when 0 was asked for, never more than 200. INVALID_ARGUMENT naming pageSize when negative.
int page_size(int requested);

}  // namespace centralita::rpc
