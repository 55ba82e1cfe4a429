#include "libs/rpc/page.h"

#include <algorithm>
#include <charconv>

#include "libs/base/encoding.h"
#include "libs/base/error.h"

namespace centralita::rpc {
namespace {

/// Takes one "<length>:<bytes>" off the front; nothing when it is malformed.
std::optional<std::string> take_part(std::string_view& bytes) {
  size_t length = 0;
  const auto* const end = bytes.data() + bytes.size();
  const auto [rest, error] = std::from_chars(bytes.data(), end, length);
  if (error != std::errc{} || rest == end || *rest != ':') return {};
  bytes.remove_prefix(static_cast<size_t>(rest + 1 - bytes.data()));
  if (length > bytes.size() || !is_text(bytes.substr(0, length))) return {};
  std::string part(bytes.substr(0, length));
  bytes.remove_prefix(length);
  return part;
}

}  // namespace

std::string page_token(std::initializer_list<std::string_view> parts) {
  std::string bytes;
  for (const auto part : parts) bytes.append(std::to_string(part.size())).append(":").append(part);
  return to_base64url(bytes);
}

std::optional<std::vector<std::string>> read_page_token(std::string_view token, size_t parts) {
  if (token.empty()) return {};
  constexpr auto kHelp = "must be a nextPageToken of an earlier answer to the same list";
  const auto bytes = from_base64url(token);
  require(bytes.has_value(), "pageToken", kHelp);
  std::string_view rest = *bytes;
  std::vector<std::string> read;
  while (!rest.empty() && read.size() < parts) {
    auto part = take_part(rest);
    require(part.has_value(), "pageToken", kHelp);
    read.push_back(std::move(*part));
  }
  require(rest.empty() && read.size() == parts, "pageToken", kHelp);
  return read;
}

int page_size(int requested) {
  require(requested >= 0, "pageSize", "must not be negative");
  return requested == 0 ? 50 : std::min(requested, 200);
}

}  // namespace centralita::rpc
