#include "tests/support/simulator/chatwoot_contacts.h"

#include <algorithm>
#include <array>
#include <functional>

#include "libs/base/id.h"
#include "tests/support/simulator/provider.h"

namespace centralita::simulator::contacts {
namespace {

using nlohmann::json;

constexpr int64_t kPerPage = 15;
constexpr std::array kSearched{"name", "email", "phone_number", "identifier"};

std::string text(const json& object, const std::string& name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_e164(std::string_view phone) {
  return phone.size() >= 3 && phone.size() <= 16 && phone[0] == '+' && phone[1] != '0' &&
         phone.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

http::Response page_of(const Contacts& contacts, int64_t page, const std::function<bool(const json&)>& wanted) {
  auto payload = json::array();
  int64_t count = 0;
  for (const auto& [id, contact] : contacts) {
    if (!wanted(contact)) continue;
    if (count >= (page - 1) * kPerPage && count < page * kPerPage) payload.push_back(contact);
    ++count;
  }
  return json_response(200,
                       {{"meta", {{"count", count}, {"current_page", page}, {"has_more", count > page * kPerPage}}},
                        {"payload", std::move(payload)}});
}

bool meets(const json& condition, const json& contact) {
  const auto have = lower(text(contact, text(condition, "attribute_key")));
  const auto how = text(condition, "filter_operator");
  const auto values = condition.value("values", json::array());
  const auto any = std::any_of(values.begin(), values.end(), [&](const json& value) {
    const auto wanted = lower(value.is_string() ? value.get<std::string>() : value.dump());
    return how.ends_with("equal_to") ? have == wanted : have.find(wanted) != std::string::npos;
  });
  return how == "not_equal_to" || how == "does_not_contain" ? !any : any;
}

}  // namespace

json contact(int64_t id, const json& body, int64_t now, int64_t inbox_id) {
  const auto given = [&](const char* name, json fallback) { return body.value(name, std::move(fallback)); };
  auto inboxes = json::array();
  if (inbox_id != 0)
    inboxes.push_back({{"source_id", text(body, "source_id").empty() ? new_id() : text(body, "source_id")},
                       {"inbox", {{"id", inbox_id}, {"channel_type", "Channel::Api"}}}});
  return {{"additional_attributes", given("additional_attributes", json::object())},
          {"availability_status", "offline"},
          {"email", given("email", nullptr)},
          {"id", id},
          {"name", given("name", "")},
          {"phone_number", given("phone_number", nullptr)},
          {"blocked", false},
          {"identifier", given("identifier", nullptr)},
          {"thumbnail", ""},
          {"custom_attributes", given("custom_attributes", json::object())},
          {"last_activity_at", nullptr},
          {"created_at", now},
          {"contact_inboxes", std::move(inboxes)}};
}

std::optional<http::Response> refusal(const Contacts& contacts, const json& body) {
  const auto invalid = [](const std::string& message, const char* attribute) {
    return json_response(422, {{"message", message}, {"attributes", {attribute}}});
  };
  const auto phone = text(body, "phone_number");
  if (!phone.empty() && !is_e164(phone)) return invalid("Phone number should be in e164 format", "phone_number");
  static constexpr std::array kUnique{std::pair{"phone_number", "Phone number"}, std::pair{"email", "Email"},
                                      std::pair{"identifier", "Identifier"}};
  for (const auto& [attribute, title] : kUnique) {
    const auto value = text(body, attribute);
    if (value.empty()) continue;
    for (const auto& [id, contact] : contacts)
      if (text(contact, attribute) == value) return invalid(std::string(title) + " has already been taken", attribute);
  }
  return std::nullopt;
}

http::Response search(const Contacts& contacts, const std::string& part, int64_t page) {
  if (part.empty()) return json_response(422, {{"error", "Specify search string with parameter q"}});
  return page_of(contacts, page, [&](const json& contact) {
    return std::any_of(kSearched.begin(), kSearched.end(), [&](const char* name) {
      return lower(text(contact, name)).find(lower(part)) != std::string::npos;
    });
  });
}

http::Response filter(const Contacts& contacts, const json& body, int64_t page) {
  const auto conditions = body.is_object() ? body.value("payload", json()) : json();
  if (!conditions.is_array() ||
      !std::all_of(conditions.begin(), conditions.end(), [](const json& one) { return one.is_object(); }))
    return json_response(422, {{"error", "Invalid query"}});
  return page_of(contacts, page, [&](const json& contact) {
    bool met = true;
    std::string joined = "and";
    for (const auto& condition : conditions) {
      const bool this_one = meets(condition, contact);
      met = joined == "or" ? met || this_one : met && this_one;
      joined = lower(text(condition, "query_operator"));
    }
    return met;
  });
}

}  // namespace centralita::simulator::contacts
