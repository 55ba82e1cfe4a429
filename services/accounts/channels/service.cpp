#include "services/accounts/channels/service.h"

#include "accounts_sql.h"
#include "centralita/accounts/v1/events.pb.h"
#include "libs/base/id.h"
#include "libs/rpc/mask.h"
#include "libs/rpc/page.h"
#include "libs/rpc/serve.h"
#include "services/accounts/channels/rules.h"
#include "services/accounts/directory/routes.h"

namespace centralita::accounts {
namespace {

std::string region_of_tenant(pg::Tx& tx) {
  const auto tenant = tx.maybe(sql::find_tenant);
  if (!tenant) throw not_found("tenant");
  return tenant->text("region");
}

void claim_address(pg::Tx& tx, const v1::Channel& channel) {
  if (channel.address().empty()) return;
  if (add_route(tx, address_route(channel.kind()), channel.address(), channel.id())) return;
  throw Error(Code::kAlreadyExists, "ADDRESS_TAKEN", "Another channel has the same address.");
}

void announce(bus::Tx& tx, const std::string& channel_id, bool deleted) {
  v1::ChannelChanged changed;
  changed.set_channel_id(channel_id);
  changed.set_deleted(deleted);
  tx.publish(changed);
}

/// What the update says, over what is stored.
void apply(const v1::Channel& update, const rpc::Mask& mask, StoredChannel& stored) {
  auto& channel = stored.channel;
  require(!mask.has("kind") || update.kind().empty() || update.kind() == channel.kind(), "channel.kind",
          "is fixed when the channel is created");
  if (mask.has("name")) channel.set_name(update.name());
  if (mask.has("enabled")) channel.set_enabled(update.enabled());
  if (mask.has("zone")) channel.set_zone(update.zone());
  if (mask.has("customer_creation")) channel.set_customer_creation(update.customer_creation());
  if (mask.has("default_agent_id")) channel.set_default_agent_id(update.default_agent_id());
  if (mask.has("settings")) *channel.mutable_settings() = update.settings();
  if (mask.has("credentials")) {
    for (const auto& [name, value] : update.credentials()) {
      stored.credentials[name] = value;
      if (value.empty()) stored.credentials.erase(name);
    }
  }
}

}  // namespace

grpc::Status ChannelService::ListChannelKinds(grpc::ServerContext* context, const v1::ListChannelKindsRequest* request,
                                              v1::ListChannelKindsResponse* response) {
  return rpc::serve(context, *request, [&](const rpc::Call&) {
    for (const auto* adapter : channels::catalogue()) {
      auto& kind = *response->add_kinds();
      kind.set_kind(std::string(adapter->kind()));
      kind.set_title(std::string(adapter->title()));
      for (const auto& field : adapter->fields()) {
        auto& shown = *kind.add_fields();
        shown.set_name(std::string(field.name));
        shown.set_description(std::string(field.description));
        shown.set_required(field.required);
        shown.set_secret(field.secret);
      }
    }
  });
}

grpc::Status ChannelService::ListChannels(grpc::ServerContext* context, const v1::ListChannelsRequest* request,
                                          v1::ListChannelsResponse* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const auto size = rpc::page_size(request->page_size());
    const auto token = rpc::read_page_token(request->page_token(), 1);
    const auto after = token ? token->front() : std::string(first_id(Time{}));
    require(is_id(after), "pageToken", "must be a nextPageToken of an earlier answer to the same list");
    pg::Tx tx{*database_.pool, call.tenant_id};
    for (auto& channel : store_.list(tx, after, size + 1)) *response->add_channels() = std::move(channel);
    if (response->channels_size() <= size) return;
    response->mutable_channels()->RemoveLast();
    response->set_next_page_token(rpc::page_token({response->channels(size - 1).id()}));
  });
}

grpc::Status ChannelService::GetChannel(grpc::ServerContext* context, const v1::GetChannelRequest* request,
                                        v1::Channel* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    pg::Tx tx{*database_.pool, call.tenant_id};
    const auto stored = store_.find(tx, request->id());
    if (!stored) throw not_found("channel");
    *response = stored->channel;
  });
}

grpc::Status ChannelService::CreateChannel(grpc::ServerContext* context, const v1::CreateChannelRequest* request,
                                           v1::Channel* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    StoredChannel stored{request->channel(),
                         {request->channel().credentials().begin(), request->channel().credentials().end()}};
    auto& channel = stored.channel;
    const auto& adapter = adapter_of(channel.kind());
    channel.set_id(new_id());
    channel.set_enabled(true);
    if (channel.zone().empty()) channel.set_zone("America/Bogota");
    if (channel.customer_creation() == v1::Channel::CUSTOMER_CREATION_UNSPECIFIED)
      channel.set_customer_creation(adapter.creates_customers() ? v1::Channel::AUTOMATIC : v1::Channel::EXISTING_ONLY);

    bus::Tx tx{database_, call};
    complete(stored, call.tenant_id, region_of_tenant(tx));
    add_route(tx, kChannelRoute, channel.id(), channel.id());
    claim_address(tx, channel);
    *response = store_.insert(tx, stored);
    announce(tx, channel.id(), false);
    tx.commit();
  });
}

grpc::Status ChannelService::UpdateChannel(grpc::ServerContext* context, const v1::UpdateChannelRequest* request,
                                           v1::Channel* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const rpc::Mask mask(request->update_mask(), request->channel());
    bus::Tx tx{database_, call};
    auto stored = store_.lock(tx, request->channel().id());
    if (!stored) throw not_found("channel");
    const auto former_address = stored->channel.address();
    apply(request->channel(), mask, *stored);
    complete(*stored, call.tenant_id, region_of_tenant(tx));
    if (stored->channel.address() != former_address) {
      tx.run(sql::remove_route, address_route(stored->channel.kind()), former_address, stored->channel.id());
      claim_address(tx, stored->channel);
    }
    *response = store_.update(tx, *stored);
    announce(tx, stored->channel.id(), false);
    tx.commit();
  });
}

grpc::Status ChannelService::DeleteChannel(grpc::ServerContext* context, const v1::DeleteChannelRequest* request,
                                           google::protobuf::Empty*) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    bus::Tx tx{database_, call};
    if (!store_.remove(tx, request->id())) throw not_found("channel");
    tx.run(sql::remove_routes, request->id());
    announce(tx, request->id(), true);
    tx.commit();
  });
}

}  // namespace centralita::accounts
