#include "services/accounts/channels/store.h"

#include <nlohmann/json.hpp>

#include "accounts_sql.h"
#include "libs/base/id.h"
#include "libs/rpc/time.h"

namespace centralita::accounts {
namespace {

using Texts = std::map<std::string, std::string>;

Texts read_texts(const std::string& json) { return nlohmann::json::parse(json).get<Texts>(); }

std::string settings_of(const v1::Channel& channel) {
  return nlohmann::json(Texts(channel.settings().begin(), channel.settings().end())).dump();
}

std::optional<std::string_view> agent_of(const v1::Channel& channel) {
  if (channel.default_agent_id().empty()) return {};
  return channel.default_agent_id();
}

v1::Channel to_channel(const pg::Row& row) {
  v1::Channel channel;
  channel.set_id(row.text("id"));
  channel.set_kind(row.text("kind"));
  channel.set_name(row.text("name"));
  channel.set_enabled(row.flag("enabled"));
  channel.set_medium(row.text("medium"));
  channel.set_address(row.text("address"));
  channel.set_zone(row.text("zone"));
  v1::Channel::CustomerCreation creation{};
  v1::Channel::CustomerCreation_Parse(row.text("customer_creation"), &creation);
  channel.set_customer_creation(creation);
  channel.set_default_agent_id(row.text("default_agent_id"));
  for (auto& [name, value] : read_texts(row.text("settings"))) (*channel.mutable_settings())[name] = value;
  channel.set_webhook_path("/webhooks/" + channel.kind() + "/" + channel.id());
  *channel.mutable_created_at() = rpc::to_proto(row.time("created_at"));
  *channel.mutable_updated_at() = rpc::to_proto(row.time("updated_at"));
  return channel;
}

std::string seal_context(const pg::Tx& tx, const std::string& channel_id) { return tx.tenant_id() + "/" + channel_id; }

}  // namespace

std::string ChannelStore::seal(const pg::Tx& tx, const StoredChannel& stored) const {
  return vault_.seal(nlohmann::json(stored.credentials).dump(), seal_context(tx, stored.channel.id()));
}

std::optional<StoredChannel> ChannelStore::open(const pg::Tx& tx, const std::optional<pg::Row>& row) const {
  if (!row) return {};
  auto channel = to_channel(*row);
  auto credentials = read_texts(vault_.open(row->text("credentials"), seal_context(tx, channel.id())));
  return StoredChannel{std::move(channel), std::move(credentials)};
}

v1::Channel ChannelStore::insert(pg::Tx& tx, const StoredChannel& stored) const {
  const auto& c = stored.channel;
  const auto settings = settings_of(c), credentials = seal(tx, stored);
  return to_channel(
      tx.one(sql::insert_channel,
             {c.id(), tx.tenant_id(), c.kind(), c.name(), c.enabled(), c.medium(), c.address(), c.zone(),
              v1::Channel::CustomerCreation_Name(c.customer_creation()), agent_of(c), settings, credentials}));
}

v1::Channel ChannelStore::update(pg::Tx& tx, const StoredChannel& stored) const {
  const auto& c = stored.channel;
  const auto settings = settings_of(c), credentials = seal(tx, stored);
  return to_channel(tx.one(sql::update_channel, {c.id(), c.name(), c.enabled(), c.medium(), c.address(), c.zone(),
                                                 v1::Channel::CustomerCreation_Name(c.customer_creation()), agent_of(c),
                                                 settings, credentials}));
}

std::optional<StoredChannel> ChannelStore::find(pg::Tx& tx, const std::string& id) const {
  if (!is_id(id)) return {};
  return open(tx, tx.maybe(sql::find_channel, id));
}

std::optional<StoredChannel> ChannelStore::lock(pg::Tx& tx, const std::string& id) const {
  if (!is_id(id)) return {};
  return open(tx, tx.maybe(sql::lock_channel, id));
}

std::vector<v1::Channel> ChannelStore::list(pg::Tx& tx, const std::string& after, int limit) const {
  std::vector<v1::Channel> channels;
  const auto rows = tx.all(sql::list_channels, after, limit);
  for (const auto row : rows) channels.push_back(to_channel(row));
  return channels;
}

bool ChannelStore::remove(pg::Tx& tx, const std::string& id) const {
  return is_id(id) && tx.run(sql::delete_channel, id) == 1;
}

}  // namespace centralita::accounts
