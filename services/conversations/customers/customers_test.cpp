#include "services/conversations/customers/identity.h"
#include "services/conversations/fixture.h"

using namespace centralita;
using namespace centralita::conversations;
using namespace centralita::conversations::testing;

namespace {

v1::Customer customer(const std::string& name, const std::vector<std::pair<std::string, std::string>>& identities) {
  v1::Customer made;
  made.set_name(name);
  for (const auto& [kind, value] : identities) {
    auto& identity = *made.add_identities();
    identity.set_kind(kind);
    identity.set_value(value);
  }
  return made;
}

v1::Customer create(Service& service, const std::string& tenant, const v1::Customer& customer) {
  v1::CreateCustomerRequest request;
  *request.mutable_customer() = customer;
  return rpc::call<v1::Customer>(tests::staff(tenant), [&](auto* context, auto* reply) {
    return service.customers->CreateCustomer(context, request, reply);
  });
}

v1::Customer update(Service& service, const std::string& tenant, const v1::Customer& customer,
                    const std::string& field) {
  v1::UpdateCustomerRequest request;
  *request.mutable_customer() = customer;
  request.mutable_update_mask()->add_paths(field);
  return rpc::call<v1::Customer>(tests::staff(tenant), [&](auto* context, auto* reply) {
    return service.customers->UpdateCustomer(context, request, reply);
  });
}

v1::Customer get(Service& service, const std::string& tenant, const std::string& id) {
  v1::GetCustomerRequest request;
  request.set_id(id);
  return rpc::call<v1::Customer>(tests::staff(tenant), [&](auto* context, auto* reply) {
    return service.customers->GetCustomer(context, request, reply);
  });
}

}  // namespace

TEST_CASE("a customer's phone is kept in E.164, completed by the tenant's region") {
  Service service;
  const auto colombian = service.app.new_tenant(), mexican = service.app.new_tenant("Clínica", "MX");
  const auto ana =
      create(service, colombian, customer("Ana", {{"phone", "300 123 4567"}, {"email", "Ana@Example.com"}}));
  CHECK(ana.lifecycle() == v1::Customer::CUSTOMER);
  REQUIRE(ana.identities_size() == 2);
  CHECK(ana.identities(0).value() == "ana@example.com");
  CHECK(ana.identities(1).value() == "+573001234567");
  CHECK(create(service, mexican, customer("Eva", {{"phone", "55 1234 5678"}})).identities(0).value() ==
        "+525512345678");
}

TEST_CASE("an identity is one customer's in its tenant, and another's in another tenant") {
  Service service;
  const auto tenant = service.app.new_tenant(), other = service.app.new_tenant("Ajena");
  const auto ana = create(service, tenant, customer("Ana", {{"phone", "+5491123456789"}}));
  const auto again = customer("Otra", {{"phone", "+541123456789"}});
  CHECK(error_of([&] { create(service, tenant, again); }).reason() == "IDENTITY_TAKEN");
  CHECK(create(service, other, again).name() == "Otra");
  CHECK(service.all_customers(tenant).size() == 1);
  CHECK(error_of([&] { get(service, other, ana.id()); }).code() == Code::kNotFound);
  CHECK(error_of([&] { update(service, other, ana, "name"); }).code() == Code::kNotFound);
}

TEST_CASE("an update replaces all identities or none") {
  Service service;
  const auto tenant = service.app.new_tenant();
  const auto ana = create(service, tenant, customer("Ana", {{"phone", "+573001234567"}, {"email", "ana@example.com"}}));
  const auto eva = create(service, tenant, customer("Eva", {{"email", "eva@example.com"}}));

  auto change = customer("Ana Ruiz", {{"email", "ana@example.com"}, {"phone", "+573009999999"}});
  change.set_id(ana.id());
  CHECK(update(service, tenant, change, "name").identities_size() == 2);
  CHECK(service.all_customers(tenant, "RUÍZ").size() == 1);
  update(service, tenant, change, "identities");
  CHECK(service.all_customers(tenant, "3001234567").empty());
  CHECK(service.all_customers(tenant, "9999999").size() == 1);

  change = customer("", {{"email", "eva@example.com"}});
  change.set_id(ana.id());
  CHECK(error_of([&] { update(service, tenant, change, "identities"); }).code() == Code::kAlreadyExists);
  CHECK(get(service, tenant, ana.id()).identities_size() == 2);
  CHECK(get(service, tenant, eva.id()).identities_size() == 1);
}

TEST_CASE("what is malformed about a customer is named") {
  Service service;
  const auto tenant = service.app.new_tenant();
  const auto refused = [&](const v1::Customer& bad) {
    return error_of([&] { create(service, tenant, bad); }).fields.at(0).field;
  };
  CHECK(refused(customer("", {})) == "customer.name");
  CHECK(refused(customer(std::string(201, 'x'), {})) == "customer.name");
  CHECK(refused(customer("Ana", {{"email", "x@y"}, {"phone", "hola"}})) == "customer.identities[1]");
  CHECK(refused(customer("Ana", {{"email", "no es un correo"}})) == "customer.identities[0]");
  CHECK(refused(customer("Ana", {{"Kind!", "x"}})) == "customer.identities[0]");
}

TEST_CASE("customers are listed newest first, page by page") {
  Service service;
  const auto tenant = service.app.new_tenant();
  for (int i = 0; i < 5; ++i) create(service, tenant, customer("Cliente " + std::to_string(i), {}));
  v1::ListCustomersRequest request;
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    const auto page = rpc::call<v1::ListCustomersResponse>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return service.customers->ListCustomers(context, request, reply);
    });
    for (const auto& one : page.customers()) names.push_back(one.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  CHECK(names == std::vector<std::string>{"Cliente 4", "Cliente 3", "Cliente 2", "Cliente 1", "Cliente 0"});
}

TEST_CASE("nobody is lost who comes without an identity that can be read") {
  messaging::v1::Identity odd;
  odd.set_kind("phone");
  odd.set_value("85432");
  const messaging::v1::Identity* given[] = {&odd, &odd};
  const auto short_code = identities_of_sender(given, "c1", "85432", "CO");
  REQUIRE(short_code.size() == 1);
  CHECK(short_code[0].kind == "phone");
  CHECK(short_code[0].match == "85432");
  const auto nobody = identities_of_sender({}, "c1", "x", "CO");
  REQUIRE(nobody.size() == 1);
  CHECK(nobody[0].match == "c1/x");
}
