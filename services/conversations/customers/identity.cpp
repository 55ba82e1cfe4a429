#include "services/conversations/customers/identity.h"

#include <algorithm>

#include "libs/base/encoding.h"
#include "libs/text/fold.h"
#include "libs/text/phone.h"

namespace centralita::conversations {
namespace {

constexpr size_t kMostValue = 320;

std::string lower(std::string text) {
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool is_kind(std::string_view kind) {
  return !kind.empty() && kind.size() <= 32 &&
         std::all_of(kind.begin(), kind.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string::npos && text.find_first_of(" \t\r\n<>,;") == std::string_view::npos;
}

}  // namespace

std::optional<Identity> read_identity(const messaging::v1::Identity& identity, std::string_view region) {
  const auto& value = identity.value();
  if (!is_kind(identity.kind()) || value.empty() || value.size() > kMostValue || !is_text(value)) return {};
  if (identity.kind() == "phone") {
    auto phone = text::parse_phone(value, region);
    if (!phone) return {};
    return Identity{"phone", std::move(phone->e164), std::move(phone->match)};
  }
  if (identity.kind() == "email") {
    if (!is_email(value)) return {};
    return Identity{"email", lower(value), lower(value)};
  }
  return Identity{identity.kind(), value, value};
}

std::vector<Identity> identities_of_sender(std::span<const messaging::v1::Identity* const> given,
                                           const std::string& channel_id, const std::string& sender,
                                           std::string_view region) {
  std::vector<Identity> identities;
  const auto add = [&](Identity identity) {
    const auto known = std::any_of(identities.begin(), identities.end(), [&](const Identity& other) {
      return other.kind == identity.kind && other.match == identity.match;
    });
    if (!known) identities.push_back(std::move(identity));
  };
  for (const auto* identity : given) {
    if (auto read = read_identity(*identity, region))
      add(std::move(*read));
    else if (!identity->value().empty() && is_text(identity->value()) && is_text(identity->kind()))
      add({identity->kind(), identity->value(), identity->value()});
  }
  if (identities.empty()) add({"sender", channel_id + "/" + sender, channel_id + "/" + sender});
  return identities;
}

std::string search_text(std::string_view name, std::span<const Identity> identities) {
  auto text = text::fold(name);
  for (const auto& identity : identities) text += "\n" + text::fold(identity.value);
  return text;
}

std::string search_query(std::string_view typed) {
  auto folded = text::fold(typed);
  // A phone is kept without blanks, whatever they are typed for.
  const auto digits = [](char c) { return (c >= '0' && c <= '9') || c == ' '; };
  if (std::all_of(folded.begin(), folded.end(), digits)) std::erase(folded, ' ');
  return folded;
}

}  // namespace centralita::conversations
