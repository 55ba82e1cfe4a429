#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "libs/http/message.h"

/// Contacts as Chatwoot shows, finds and refuses them.
namespace centralita::simulator::contacts {

using Contacts = std::map<int64_t, nlohmann::json>;

nlohmann::json contact(int64_t id, const nlohmann::json& body, int64_t now, int64_t inbox_id);
/// Why Chatwoot would not create it: a phone number that is none, or something that another contact has.
std::optional<http::Response> refusal(const Contacts& contacts, const nlohmann::json& body);

http::Response search(const Contacts& contacts, const std::string& part, int64_t page);
http::Response filter(const Contacts& contacts, const nlohmann::json& body, int64_t page);

}  // namespace centralita::simulator::contacts
