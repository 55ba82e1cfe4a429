#include "services/conversations/customers/service.h"

#include "centralita/conversations/v1/events.pb.h"
#include "libs/base/encoding.h"
#include "libs/base/id.h"
#include "libs/rpc/client.h"
#include "libs/rpc/mask.h"
#include "libs/rpc/page.h"
#include "libs/rpc/serve.h"
#include "services/conversations/customers/store.h"

namespace centralita::conversations {
namespace {

constexpr const char* kAfterAllIds = "ffffffff-ffff-ffff-ffff-ffffffffffff";
constexpr int kMostIdentities = 50;

void check(const v1::Customer& customer) {
  require(is_text(customer.name()) && customer.name().size() <= 200, "customer.name",
          "must be a text of at most 200 bytes");
  require(!customer.name().empty() || customer.identities_size() > 0, "customer.name",
          "a customer needs a name or an identity");
  require(customer.lifecycle() == v1::Customer::LEAD || customer.lifecycle() == v1::Customer::CUSTOMER,
          "customer.lifecycle", "must be LEAD or CUSTOMER");
}

}  // namespace

CustomerService::CustomerService(bus::Database database, std::shared_ptr<grpc::Channel> accounts)
    : database_(database), tenants_(accounts::v1::Tenants::NewStub(std::move(accounts))) {}

grpc::Status CustomerService::ListCustomers(grpc::ServerContext* context, const v1::ListCustomersRequest* request,
                                            v1::ListCustomersResponse* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const auto size = rpc::page_size(request->page_size());
    const auto token = rpc::read_page_token(request->page_token(), 1);
    const auto before = token ? token->front() : std::string(kAfterAllIds);
    require(is_id(before), "pageToken", "must be a nextPageToken of an earlier answer to the same list");
    require(is_text(request->query()) && request->query().size() <= 200, "query",
            "must be a text of at most 200 bytes");
    pg::Tx tx{*database_.pool, call.tenant_id};
    for (auto& customer : list_customers(tx, before, size + 1, search_query(request->query())))
      *response->add_customers() = std::move(customer);
    if (response->customers_size() <= size) return;
    response->mutable_customers()->RemoveLast();
    response->set_next_page_token(rpc::page_token({response->customers(size - 1).id()}));
  });
}

grpc::Status CustomerService::GetCustomer(grpc::ServerContext* context, const v1::GetCustomerRequest* request,
                                          v1::Customer* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    pg::Tx tx{*database_.pool, call.tenant_id};
    auto customer = find_customer(tx, request->id());
    if (!customer) throw not_found("customer");
    *response = std::move(*customer);
  });
}

grpc::Status CustomerService::CreateCustomer(grpc::ServerContext* context, const v1::CreateCustomerRequest* request,
                                             v1::Customer* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    auto customer = request->customer();
    if (customer.lifecycle() == v1::Customer::LIFECYCLE_UNSPECIFIED) customer.set_lifecycle(v1::Customer::CUSTOMER);
    check(customer);
    const auto identities = read_identities(call, customer);
    customer.set_id(new_id());

    bus::Tx tx{database_, call};
    insert_customer(tx, customer, identities);
    give_identities(tx, customer.id(), identities);
    *response = find_customer(tx, customer.id()).value();
    v1::CustomerCreated created;
    *created.mutable_customer() = *response;
    tx.publish(created);
    tx.commit();
  });
}

grpc::Status CustomerService::UpdateCustomer(grpc::ServerContext* context, const v1::UpdateCustomerRequest* request,
                                             v1::Customer* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const rpc::Mask mask(request->update_mask(), request->customer());
    const auto replaced = mask.has("identities");
    auto identities = replaced ? read_identities(call, request->customer()) : std::vector<Identity>{};

    bus::Tx tx{database_, call};
    auto customer = lock_customer(tx, request->customer().id());
    if (!customer) throw not_found("customer");
    if (mask.has("name")) customer->set_name(request->customer().name());
    if (mask.has("lifecycle")) customer->set_lifecycle(request->customer().lifecycle());
    if (replaced) {
      *customer->mutable_identities() = request->customer().identities();
      drop_other_identities(tx, customer->id(), identities);
      give_identities(tx, customer->id(), identities);
    } else {
      for (const auto& stored : customer->identities()) identities.push_back({stored.kind(), stored.value(), ""});
    }
    check(*customer);
    update_customer(tx, *customer, identities);
    *response = find_customer(tx, customer->id()).value();
    v1::CustomerUpdated updated;
    *updated.mutable_customer() = *response;
    tx.publish(updated);
    tx.commit();
  });
}

std::vector<Identity> CustomerService::read_identities(const Caller& caller, const v1::Customer& customer) const {
  require(customer.identities_size() <= kMostIdentities, "customer.identities", "must be at most 50");
  std::vector<Identity> identities;
  std::string region;
  for (int i = 0; i < customer.identities_size(); ++i) {
    const auto& given = customer.identities(i);
    if (given.kind() == "phone" && region.empty()) {
      const auto service = Caller::service("conversations", caller.tenant_id, caller.trace);
      region = rpc::call<accounts::v1::Tenant>(service, [&](auto* context, auto* tenant) {
                 return tenants_->GetTenant(context, {}, tenant);
               }).region();
    }
    auto identity = read_identity(given, region);
    require(identity.has_value(), "customer.identities[" + std::to_string(i) + "]", "is malformed");
    identities.push_back(std::move(*identity));
  }
  return identities;
}

}  // namespace centralita::conversations
