#include <google/protobuf/util/message_differencer.h>

#include <catch2/catch.hpp>

#include "accounts_sql.h"
#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/rpc/client.h"
#include "services/accounts/channels/rules.h"
#include "services/accounts/module.h"
#include "tests/support/test_app.h"

using namespace centralita;
using namespace centralita::accounts;
using google::protobuf::util::MessageDifferencer;

namespace {

constexpr pg::Statement kRawCredentials{"test.raw_credentials", "SELECT credentials FROM accounts.channel"};
constexpr pg::Statement kRawKeys{"test.raw_keys", "SELECT hash FROM accounts.api_key"};
constexpr pg::Statement kAllTenants{"test.all_tenants", "SELECT tenant_id FROM accounts.tenant"};
constexpr pg::Statement kUnprotected{
    "test.unprotected",
    "SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' "
    "WHERE c.relnamespace = 'accounts'::regnamespace AND c.relkind IN ('r', 'p') "
    "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"};
constexpr pg::Statement kSteal{"test.steal", "INSERT INTO accounts.directory VALUES ('channel', 'x', $1, $1)"};

struct Accounts {
  tests::TestApp app{{accounts_module()}};
  std::unique_ptr<v1::Tenants::Stub> tenants = v1::Tenants::NewStub(app.at("accounts"));
  std::unique_ptr<v1::Channels::Stub> channels = v1::Channels::NewStub(app.at("accounts"));
  std::unique_ptr<v1::Directory::Stub> directory = v1::Directory::NewStub(app.at("accounts"));

  static v1::Channel twilio(const std::string& address) {
    v1::Channel channel;
    channel.set_kind("twilio");
    channel.set_name("WhatsApp");
    (*channel.mutable_settings())["accountSid"] = "AC00000000000000000000000000000001";
    (*channel.mutable_settings())["address"] = address;
    (*channel.mutable_settings())["publicUrl"] = "https://chat.example.com";
    (*channel.mutable_credentials())["authToken"] = "el token secreto";
    return channel;
  }

  v1::Channel create(const std::string& tenant, const v1::Channel& channel) {
    v1::CreateChannelRequest request;
    *request.mutable_channel() = channel;
    return rpc::call<v1::Channel>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return channels->CreateChannel(context, request, reply);
    });
  }

  v1::Channel update(const std::string& tenant, const v1::Channel& channel, std::vector<std::string> mask) {
    v1::UpdateChannelRequest request;
    *request.mutable_channel() = channel;
    for (auto& path : mask) request.mutable_update_mask()->add_paths(path);
    return rpc::call<v1::Channel>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return channels->UpdateChannel(context, request, reply);
    });
  }

  v1::Channel get(const std::string& tenant, const std::string& id) {
    v1::GetChannelRequest request;
    request.set_id(id);
    return rpc::call<v1::Channel>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return channels->GetChannel(context, request, reply);
    });
  }

  void remove(const std::string& tenant, const std::string& id) {
    v1::DeleteChannelRequest request;
    request.set_id(id);
    rpc::call<google::protobuf::Empty>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return channels->DeleteChannel(context, request, reply);
    });
  }

  v1::ResolvedChannel resolve(const v1::ResolveChannelRequest& request) {
    return rpc::call<v1::ResolvedChannel>(
        Caller::service("messaging-ingest", "", Trace::start()),
        [&](auto* context, auto* reply) { return directory->ResolveChannel(context, request, reply); });
  }
  v1::ResolvedChannel resolve(const std::string& id) {
    v1::ResolveChannelRequest request;
    request.set_id(id);
    return resolve(request);
  }
  v1::ResolvedChannel resolve_address(const std::string& kind, const std::string& address) {
    v1::ResolveChannelRequest request;
    request.mutable_address()->set_kind(kind);
    request.mutable_address()->set_address(address);
    return resolve(request);
  }

  v1::AuthenticateResponse authenticate(const std::string& key) {
    v1::AuthenticateRequest request;
    request.set_api_key(key);
    return rpc::call<v1::AuthenticateResponse>(
        Caller::service("gateway", "", Trace::start()),
        [&](auto* context, auto* reply) { return directory->Authenticate(context, request, reply); });
  }

  /// A column of a table's only row, as it is kept.
  std::string raw(const pg::Statement& statement, const char* column, const std::string& tenant) {
    pg::Tx tx{*app.database().pool, tenant};
    return tx.one(statement).text(column);
  }
};

/// The Error that this throws.
template <class Body>
Error error_of(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was refused");
  throw;
}

std::string refused_field(const Error& error) {
  CHECK(error.code() == Code::kInvalidArgument);
  return error.fields.empty() ? "" : error.fields.front().field;
}

}  // namespace

TEST_CASE("a new channel is enabled, in Bogotá, and tells the path for its webhook") {
  Accounts accounts;
  const auto tenant = accounts.app.new_tenant();
  const auto channel = accounts.create(tenant, Accounts::twilio("whatsapp:+573001112233"));
  CHECK(channel.enabled());
  CHECK(channel.zone() == "America/Bogota");
  CHECK(channel.medium() == "whatsapp");
  CHECK(channel.address() == "whatsapp:+573001112233");
  CHECK(channel.customer_creation() == v1::Channel::AUTOMATIC);
  CHECK(channel.webhook_path() == "/webhooks/twilio/" + channel.id());
  CHECK(channel.credentials().empty());
  CHECK(MessageDifferencer::Equals(accounts.get(tenant, channel.id()), channel));
}

TEST_CASE("an address belongs to one channel over all tenants, until that lets go of it") {
  Accounts accounts;
  const auto ours = accounts.app.new_tenant(), theirs = accounts.app.new_tenant("Ajena");
  const auto first = accounts.create(ours, Accounts::twilio("whatsapp:+573001112233"));
  CHECK(error_of([&] { accounts.create(theirs, Accounts::twilio("whatsapp:+573001112233")); }).reason() ==
        "ADDRESS_TAKEN");
  const auto second = accounts.create(theirs, Accounts::twilio("whatsapp:+573001112244"));

  auto moved = second;
  (*moved.mutable_settings())["address"] = "whatsapp:+573001112233";
  const auto error = error_of([&] { accounts.update(theirs, moved, {"settings"}); });
  CHECK(error.code() == Code::kAlreadyExists);
  CHECK(accounts.resolve_address("twilio", "whatsapp:+573001112244").channel().id() == second.id());

  accounts.remove(ours, first.id());
  CHECK(accounts.update(theirs, moved, {"settings"}).address() == "whatsapp:+573001112233");
  CHECK(accounts.resolve_address("twilio", "whatsapp:+573001112233").channel().id() == second.id());
  CHECK(error_of([&] { accounts.resolve_address("twilio", "whatsapp:+573001112244"); }).code() == Code::kNotFound);
  CHECK(error_of([&] { accounts.resolve(first.id()); }).code() == Code::kNotFound);
}

TEST_CASE("credentials are sealed at rest, and only our own services get them back") {
  Accounts accounts;
  const auto tenant = accounts.app.new_tenant("Clínica", "MX");
  const auto channel = accounts.create(tenant, Accounts::twilio("whatsapp:+573001112233"));
  const auto raw = accounts.raw(kRawCredentials, "credentials", tenant);
  CHECK(raw.starts_with("t1:"));
  CHECK(raw.find("secreto") == std::string::npos);

  const auto resolved = accounts.resolve(channel.id());
  CHECK(resolved.tenant_id() == tenant);
  CHECK(resolved.region() == "MX");
  CHECK(resolved.credentials().at("authToken") == "el token secreto");

  v1::ResolveChannelRequest request;
  request.set_id(channel.id());
  const auto error = error_of([&] {
    rpc::call<v1::ResolvedChannel>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return accounts.directory->ResolveChannel(context, request, reply);
    });
  });
  CHECK(error.code() == Code::kPermissionDenied);
}

TEST_CASE("what is wrong with a channel is named") {
  Accounts accounts;
  const auto tenant = accounts.app.new_tenant();
  const auto refused = [&](auto&& spoil) {
    auto channel = Accounts::twilio("whatsapp:+573001112233");
    spoil(channel);
    return refused_field(error_of([&] { accounts.create(tenant, channel); }));
  };
  CHECK(refused([](v1::Channel& c) { c.set_kind("paloma"); }) == "channel.kind");
  CHECK(refused([](v1::Channel& c) { c.set_name(""); }) == "channel.name");
  CHECK(refused([](v1::Channel& c) { c.set_zone("America/Macondo"); }) == "channel.zone");
  CHECK(refused([](v1::Channel& c) { c.set_default_agent_id("Ana"); }) == "channel.defaultAgentId");
  CHECK(refused([](v1::Channel& c) { c.mutable_credentials()->clear(); }) == "channel.credentials.authToken");
  CHECK(refused([](v1::Channel& c) { c.mutable_settings()->erase("accountSid"); }) == "channel.settings.accountSid");
  CHECK(refused([](v1::Channel& c) { (*c.mutable_settings())["colour"] = "x"; }) == "channel.settings.colour");
  CHECK(refused([](v1::Channel& c) { (*c.mutable_settings())["authToken"] = "x"; }) == "channel.settings.authToken");
  CHECK(refused([](v1::Channel& c) { (*c.mutable_settings())["address"] = std::string("a\0b", 3); }) ==
        "channel.settings.address");
}

TEST_CASE("an update changes what its mask names and nothing else") {
  Accounts accounts;
  const auto tenant = accounts.app.new_tenant();
  const auto before = accounts.create(tenant, Accounts::twilio("whatsapp:+573001112233"));
  v1::Channel change;
  change.set_id(before.id());
  change.set_name("Ventas");
  change.set_enabled(false);
  change.set_zone("America/Mexico_City");
  auto after = accounts.update(tenant, change, {"enabled", "zone"});
  CHECK_FALSE(after.enabled());
  CHECK(after.zone() == "America/Mexico_City");
  CHECK(after.name() == "WhatsApp");
  CHECK(after.settings().at("address") == "whatsapp:+573001112233");

  (*change.mutable_credentials())["secondaryAuthToken"] = "otro";
  accounts.update(tenant, change, {"credentials"});
  CHECK(accounts.resolve(before.id()).credentials().size() == 2);
  (*change.mutable_credentials())["secondaryAuthToken"] = "";
  accounts.update(tenant, change, {"credentials"});
  CHECK(accounts.resolve(before.id()).credentials().size() == 1);
  (*change.mutable_credentials())["authToken"] = "";
  CHECK(refused_field(error_of([&] { accounts.update(tenant, change, {"credentials"}); })) ==
        "channel.credentials.authToken");

  change.set_kind("chatwoot");
  CHECK(refused_field(error_of([&] { accounts.update(tenant, change, {"kind"}); })) == "channel.kind");
  CHECK(refused_field(error_of([&] { accounts.update(tenant, change, {"colour"}); })) == "updateMask");
}

TEST_CASE("one tenant's channels do not exist for another") {
  Accounts accounts;
  const auto ours = accounts.app.new_tenant(), theirs = accounts.app.new_tenant("Ajena");
  const auto channel = accounts.create(ours, Accounts::twilio("whatsapp:+573001112233"));
  CHECK(error_of([&] { accounts.get(theirs, channel.id()); }).code() == Code::kNotFound);
  CHECK(error_of([&] { accounts.update(theirs, channel, {"name"}); }).code() == Code::kNotFound);
  CHECK(error_of([&] { accounts.remove(theirs, channel.id()); }).code() == Code::kNotFound);
  CHECK(accounts.get(ours, channel.id()).name() == "WhatsApp");
  CHECK(accounts.raw(kAllTenants, "tenant_id", ours) == ours);
}

TEST_CASE("every table of a tenant's data has forced row-level security, and nobody adds a route for another") {
  Accounts accounts;
  const auto ours = accounts.app.new_tenant(), theirs = accounts.app.new_tenant("Ajena");
  pg::Tx tx{*accounts.app.database().pool, ours};
  CHECK(tx.all(kUnprotected).empty());
  CHECK_THROWS_AS(tx.run(kSteal, theirs), Error);
}

TEST_CASE("channels are listed page by page, oldest first") {
  Accounts accounts;
  const auto tenant = accounts.app.new_tenant();
  std::vector<std::string> made, listed;
  for (int i = 0; i < 5; ++i)
    made.push_back(accounts.create(tenant, Accounts::twilio("whatsapp:+57300111220" + std::to_string(i))).id());
  v1::ListChannelsRequest request;
  request.set_page_size(2);
  do {
    const auto page = rpc::call<v1::ListChannelsResponse>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return accounts.channels->ListChannels(context, request, reply);
    });
    CHECK(page.channels_size() <= 2);
    for (const auto& channel : page.channels()) listed.push_back(channel.id());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  CHECK(listed == made);
}

TEST_CASE("an API key lets its holder in with its permissions, and no other text does") {
  Accounts accounts;
  const auto made = accounts.app.command("tenant create", {{"name", "Clínica"}});
  const std::string tenant = made["tenantId"], key = made["apiKey"];
  const auto holder = accounts.authenticate(key);
  CHECK(holder.tenant_id() == tenant);
  CHECK(holder.subject().starts_with("key:"));
  CHECK(std::vector<std::string>(holder.permissions().begin(), holder.permissions().end()) ==
        std::vector<std::string>{"*"});
  CHECK(accounts.raw(kRawKeys, "hash", tenant).find(key) == std::string::npos);
  for (const auto& wrong : {std::string(), key + "x", key.substr(1), accounts.raw(kRawKeys, "hash", tenant)})
    CHECK(error_of([&] { accounts.authenticate(wrong); }).code() == Code::kUnauthenticated);

  const auto narrow = accounts.app.command(
      "api-key create", {{"tenant", tenant}, {"name", "informes"}, {"permissions", "conversations.view,customers.*"}});
  const auto held = accounts.authenticate(narrow["apiKey"]).permissions();
  CHECK(std::vector<std::string>(held.begin(), held.end()) ==
        std::vector<std::string>{"conversations.view", "customers.*"});
  for (const auto* bad : {"internal", "", "a.b,", "Customers.view", "*.view"})
    CHECK(refused_field(error_of([&] {
            accounts.app.command("api-key create", {{"tenant", tenant}, {"name", "x"}, {"permissions", bad}});
          })) == "permissions");
}

TEST_CASE("an e-mail is one person's, whatever its case and tenant") {
  Accounts accounts;
  const auto ours = accounts.app.new_tenant(), theirs = accounts.app.new_tenant("Ajena");
  const auto made =
      accounts.app.command("user create", {{"tenant", ours}, {"email", "Ana@Example.com"}, {"name", "Ana"}});
  CHECK(made["email"] == "Ana@Example.com");
  CHECK(made["password"].get<std::string>().size() >= 16);
  const auto again = error_of([&] {
    accounts.app.command("user create", {{"tenant", theirs}, {"email", "ana@example.COM"}, {"name", "Otra"}});
  });
  CHECK(again.reason() == "EMAIL_TAKEN");
  CHECK(error_of([&] {
          accounts.app.command("user create", {{"tenant", new_id()}, {"email", "b@example.com"}, {"name", "B"}});
        }).code() == Code::kNotFound);
}

TEST_CASE("a tenant sees itself") {
  Accounts accounts;
  const auto id = accounts.app.new_tenant("Clínica Ñandú", "AR");
  const auto tenant = rpc::call<v1::Tenant>(
      tests::staff(id), [&](auto* context, auto* reply) { return accounts.tenants->GetTenant(context, {}, reply); });
  CHECK(tenant.id() == id);
  CHECK(tenant.name() == "Clínica Ñandú");
  CHECK(tenant.region() == "AR");
}
