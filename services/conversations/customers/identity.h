#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "centralita/messaging/v1/messaging.pb.h"

/// Pure rules about the addresses of people.
namespace centralita::conversations {

/// One address of a person on one kind of channel.
struct Identity {
  std::string kind;
  std::string value;  ///< As it is shown: E.164 for phones, lower case for e-mails, else as it came.
  std::string match;  ///< Equal for two spellings of one address.
};

/// What staff wrote; `region` completes a national phone. Nothing when it is malformed.
std::optional<Identity> read_identity(const messaging::v1::Identity& identity, std::string_view region);

/// What a provider says about who wrote, strongest first, each once. What cannot be read as what it claims to be is
/// taken as it stands, and a sender without any identity is known by the channel's name of them: nobody is lost.
std::vector<Identity> identities_of_sender(std::span<const messaging::v1::Identity* const> given,
                                           const std::string& channel_id, const std::string& sender,
                                           std::string_view region);

/// What a search for a customer looks at.
std::string search_text(std::string_view name, std::span<const Identity> identities);
/// What somebody typed, in the form in which search_text holds it. Empty when nothing is left to look for.
std::string search_query(std::string_view typed);

}  // namespace centralita::conversations
