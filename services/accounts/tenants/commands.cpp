#include "services/accounts/tenants/commands.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "accounts_sql.h"
#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "services/accounts/directory/routes.h"

namespace centralita::accounts {
namespace {

using Options = std::map<std::string, std::string>;
using Json = nlohmann::ordered_json;

std::string option(const Options& options, const std::string& name, std::string fallback = "") {
  const auto found = options.find(name);
  return found == options.end() ? std::move(fallback) : found->second;
}

std::string named(const Options& options) {
  auto name = option(options, "name");
  require(is_text(name) && name.find_first_not_of(" \t\r\n") != std::string::npos && name.size() <= 200, "name",
          "must be a text of 1 to 200 bytes");
  return name;
}

std::string lower(std::string text) {
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// Makes the tenant that the option names the transaction's.
void enter_tenant(pg::Tx& tx, const Options& options) {
  const auto id = option(options, "tenant");
  require(is_id(id), "tenant", "must be a tenant's id");
  tx.set_tenant(id);
  if (!tx.maybe(sql::find_tenant)) throw not_found("tenant");
}

std::vector<std::string> permissions_of(const std::string& list) {
  std::vector<std::string> permissions;
  for (size_t begin = 0; begin <= list.size();) {
    const auto end = std::min(list.find(',', begin), list.size());
    permissions.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  const auto word = [](std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  };
  for (const std::string_view permission : permissions) {
    const auto dot = permission.find('.');
    const auto verb = dot == std::string_view::npos ? "" : permission.substr(dot + 1);
    require(permission == "*" || (word(permission.substr(0, dot)) && (verb == "*" || word(verb))), "permissions",
            "\"" + std::string(permission) + "\" is neither \"noun.verb\" nor \"noun.*\" nor \"*\"");
  }
  return permissions;
}

/// The key itself, which nobody can tell again.
std::string add_api_key(pg::Tx& tx, const std::string& name, const std::vector<std::string>& permissions) {
  const auto key = security::new_token("ck_");
  const auto hash = security::token_hash(key);
  const auto id = new_id();
  tx.run(sql::insert_api_key, {id, tx.tenant_id(), name, hash, pg::Param::array(permissions)});
  add_route(tx, kKeyRoute, hash, id);
  return key;
}

void create_tenant(runtime::Host& host, const Options& options, std::ostream& out) {
  const auto name = named(options);
  const auto region = option(options, "region", "CO");
  require(region.size() == 2 && std::all_of(region.begin(), region.end(), [](char c) { return c >= 'A' && c <= 'Z'; }),
          "region", "must be an ISO 3166 code such as CO");
  const auto id = new_id();
  pg::Tx tx{*host.database().pool, id};
  tx.run(sql::insert_tenant, id, name, region);
  const auto key = add_api_key(tx, "first", {"*"});
  tx.commit();
  out << Json{{"tenantId", id}, {"name", name}, {"apiKey", key}} << "\n";
}

void create_user(runtime::Host& host, const Options& options, std::ostream& out) {
  const auto name = named(options);
  const auto email = option(options, "email");
  require(is_text(email) && email.size() <= 254 && email.find('@') != std::string::npos &&
              email.find_first_of(" \t\r\n") == std::string::npos,
          "email", "must be an e-mail address");
  const auto password = option(options, "password", to_base64url(security::random_bytes(15)));
  require(password.size() >= 10 && password.size() <= 1000, "password", "must have 10 to 1000 characters");
  const auto id = new_id();
  pg::Tx tx{*host.database().pool, ""};
  enter_tenant(tx, options);
  if (!add_route(tx, kEmailRoute, lower(email), id))
    throw Error(Code::kAlreadyExists, "EMAIL_TAKEN", "Somebody has this e-mail already.");
  tx.run(sql::insert_user, id, tx.tenant_id(), email, name, security::hash_password(password));
  tx.commit();
  out << Json{{"userId", id}, {"email", email}, {"password", password}} << "\n";
}

void create_api_key(runtime::Host& host, const Options& options, std::ostream& out) {
  const auto name = named(options);
  const auto permissions = permissions_of(option(options, "permissions"));
  pg::Tx tx{*host.database().pool, ""};
  enter_tenant(tx, options);
  const auto key = add_api_key(tx, name, permissions);
  tx.commit();
  out << Json{{"tenantId", tx.tenant_id()}, {"name", name}, {"apiKey", key}, {"permissions", permissions}} << "\n";
}

}  // namespace

std::vector<runtime::Command> commands() {
  return {
      {"tenant create",
       "Creates a tenant and a first API key that may do everything.",
       {{"name", "what the business is called", true},
        {"region", "ISO 3166 code that completes national phone numbers; CO when not given"}},
       create_tenant},
      {"user create",
       "Creates a person on a tenant's staff.",
       {{"tenant", "the tenant's id", true},
        {"email", "what the person signs in with", true},
        {"name", "what the person is called", true},
        {"password", "at least 10 characters; made up when not given"}},
       create_user},
      {"api-key create",
       "Creates an API key of a tenant.",
       {{"tenant", "the tenant's id", true},
        {"name", "what the key is for", true},
        {"permissions", "what it may do, e.g. conversations.view,customers.*", true}},
       create_api_key},
  };
}

}  // namespace centralita::accounts
