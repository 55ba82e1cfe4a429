#include "services/accounts/channels/rules.h"

#include <algorithm>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/text/zone.h"

namespace centralita::accounts {
namespace {

constexpr size_t kMostValue = 8192;

using Texts = std::map<std::string, std::string>;

/// Checks one half of what the adapter's fields name: settings, or credentials.
void check_fields(const Texts& given, const std::vector<channels::Field>& fields, bool secret,
                  const std::string& path) {
  for (const auto& [name, value] : given) {
    const auto known = std::any_of(fields.begin(), fields.end(), [&, n = name](const auto& field) {
      return field.name == n && field.secret == secret;
    });
    require(known, path + "." + std::string(utf8_prefix(name, 100)), "this kind of channel has no such field");
    require(is_text(value) && value.size() <= kMostValue, path + "." + name, "must be a text of at most 8192 bytes");
  }
  for (const auto& field : fields) {
    if (field.secret != secret || !field.required) continue;
    const auto found = given.find(std::string(field.name));
    require(found != given.end() && !found->second.empty(), path + "." + std::string(field.name),
            "this kind of channel needs it");
  }
}

}  // namespace

const channels::Adapter& adapter_of(const std::string& kind) {
  const auto* const adapter = channels::find_adapter(kind);
  require(adapter != nullptr, "channel.kind", "must be one of those that the list of channel kinds names");
  return *adapter;
}

void complete(StoredChannel& stored, const std::string& tenant_id, const std::string& region) {
  auto& channel = stored.channel;
  const auto& adapter = adapter_of(channel.kind());
  require(is_text(channel.name()) && !channel.name().empty() && channel.name().size() <= 200, "channel.name",
          "must be a text of 1 to 200 bytes");
  require(text::is_zone(channel.zone()), "channel.zone", "must be an IANA time zone such as America/Bogota");
  require(channel.customer_creation() == v1::Channel::AUTOMATIC ||
              channel.customer_creation() == v1::Channel::EXISTING_ONLY,
          "channel.customerCreation", "must be AUTOMATIC or EXISTING_ONLY");
  require(channel.default_agent_id().empty() || is_id(channel.default_agent_id()), "channel.defaultAgentId",
          "must be an agent's id");

  channels::Channel configured{channel.id(),
                               tenant_id,
                               channel.kind(),
                               region,
                               Texts(channel.settings().begin(), channel.settings().end()),
                               stored.credentials,
                               "/webhooks/" + channel.kind() + "/" + channel.id()};
  const auto fields = adapter.fields();
  check_fields(configured.settings, fields, false, "channel.settings");
  check_fields(configured.credentials, fields, true, "channel.credentials");
  adapter.check(configured);
  channel.set_medium(adapter.medium(configured));
  channel.set_address(adapter.address(configured));
  channel.set_webhook_path(configured.webhook_path);
}

}  // namespace centralita::accounts
