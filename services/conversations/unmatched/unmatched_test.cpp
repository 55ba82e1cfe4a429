#include "services/conversations/fixture.h"

using namespace centralita;
using namespace centralita::conversations;
using namespace centralita::conversations::testing;

namespace {

std::vector<v1::UnmatchedMessage> waiting(Service& service, const std::string& tenant) {
  const auto page = rpc::call<v1::ListUnmatchedMessagesResponse>(tests::staff(tenant), [&](auto* context, auto* reply) {
    return service.unmatched->ListUnmatchedMessages(context, {}, reply);
  });
  return {page.messages().begin(), page.messages().end()};
}

v1::Customer create(Service& service, const std::string& tenant, const std::string& name) {
  v1::CreateCustomerRequest request;
  request.mutable_customer()->set_name(name);
  return rpc::call<v1::Customer>(tests::staff(tenant), [&](auto* context, auto* reply) {
    return service.customers->CreateCustomer(context, request, reply);
  });
}

v1::Customer link(Service& service, const std::string& tenant, const std::string& id, const std::string& customer_id) {
  v1::LinkUnmatchedMessageRequest request;
  request.set_id(id);
  request.set_customer_id(customer_id);
  return rpc::call<v1::Customer>(tests::staff(tenant), [&](auto* context, auto* reply) {
    return service.unmatched->LinkUnmatchedMessage(context, request, reply);
  });
}

Line closed_line(Service& service) { return service.new_line(service.app.new_tenant(), Channel::EXISTING_ONLY); }

}  // namespace

TEST_CASE("on a channel for known customers a stranger waits, once, until somebody links them") {
  Service service;
  const auto line = closed_line(service);
  Heard heard(service, {"conversations.message.v1"});
  const auto first = Service::text(line, "+573001234567", "SM1", "Hola");
  at_once(8, 16, [&](int) { service.hear(line, first); });
  service.say(line, "+573001234567", "¿Hay alguien?");
  service.say(line, "+573009999999", "Otro");
  CHECK(service.all_customers(line.tenant).empty());
  CHECK(service.list(line.tenant).empty());
  const auto messages = waiting(service, line.tenant);
  REQUIRE(messages.size() == 3);
  CHECK(messages[0].content().body() == "Hola");
  CHECK(messages[0].sender() == "whatsapp:+573001234567");

  const auto ana = create(service, line.tenant, "Ana");
  const auto linked = link(service, line.tenant, messages[1].id(), ana.id());
  CHECK(linked.identities_size() == 2);
  CHECK(waiting(service, line.tenant).size() == 1);
  const auto conversation = service.list(line.tenant).at(0);
  CHECK(conversation.customer_id() == ana.id());
  const auto stored = service.messages(line.tenant, conversation.id());
  REQUIRE(stored.size() == 2);
  CHECK(stored[0].content().body() == "Hola");
  CHECK(stored[1].content().body() == "¿Hay alguien?");
  CHECK(heard.all<v1::MessageReceived>(2).size() == 2);
  CHECK(service.all_customers(line.tenant, "3001234567").size() == 1);

  service.hear(line, first);
  service.say(line, "+573001234567", "Gracias");
  CHECK(service.messages(line.tenant, conversation.id()).size() == 3);
  CHECK(waiting(service, line.tenant).size() == 1);
}

TEST_CASE("a known customer is received on a channel for known customers") {
  Service service;
  const auto line = closed_line(service);
  v1::CreateCustomerRequest request;
  request.mutable_customer()->set_name("Ana");
  auto& identity = *request.mutable_customer()->add_identities();
  identity.set_kind("phone");
  identity.set_value("300 123 4567");
  rpc::call<v1::Customer>(tests::staff(line.tenant), [&](auto* context, auto* reply) {
    return service.customers->CreateCustomer(context, request, reply);
  });
  service.say(line, "+573001234567", "Hola");
  CHECK(service.list(line.tenant).at(0).customer_name() == "Ana");
  CHECK(waiting(service, line.tenant).empty());
}

TEST_CASE("what cannot be linked stays where it is") {
  Service service;
  const auto line = closed_line(service);
  const auto open = service.new_line(line.tenant);
  service.say(line, "+573001234567", "Hola");
  const auto id = waiting(service, line.tenant).at(0).id();
  const auto ana = create(service, line.tenant, "Ana");
  const auto stranger = service.app.new_tenant("Ajena");
  const auto theirs = create(service, stranger, "Ajena");

  CHECK(error_of([&] { link(service, line.tenant, new_id(), ana.id()); }).code() == Code::kNotFound);
  CHECK(error_of([&] { link(service, line.tenant, id, theirs.id()); }).code() == Code::kNotFound);
  CHECK(error_of([&] { link(service, stranger, id, theirs.id()); }).code() == Code::kNotFound);
  CHECK(waiting(service, stranger).empty());

  service.say(open, "+573001234567", "Por el otro canal");
  CHECK(error_of([&] { link(service, line.tenant, id, ana.id()); }).reason() == "IDENTITY_TAKEN");
  CHECK(waiting(service, line.tenant).size() == 1);
}

TEST_CASE("nothing is left waiting that arrives while its sender is being linked") {
  Service service;
  const auto line = closed_line(service);
  for (int round = 0; round < 5; ++round) {
    const auto phone = "+57300123450" + std::to_string(round);
    service.say(line, phone, "primero");
    const auto id = waiting(service, line.tenant).at(0).id();
    const auto ana = create(service, line.tenant, "Ana");
    at_once(8, 8, [&](int i) {
      if (i == 3)
        link(service, line.tenant, id, ana.id());
      else
        service.say(line, phone, "Hola");
    });
    CHECK(waiting(service, line.tenant).empty());
    v1::ListConversationsRequest request;
    request.set_customer_id(ana.id());
    CHECK(service.list(line.tenant, request).at(0).last_seq() == 8);
  }
}

TEST_CASE("what the business writes to a stranger with the provider's own tool is left alone on such a channel") {
  Service service;
  const auto line = closed_line(service);
  auto echo = Service::text(line, "+573001234567", "SM1", "Hola");
  echo.set_echo(true);
  service.hear(line, echo);
  CHECK(service.all_customers(line.tenant).empty());
  CHECK(waiting(service, line.tenant).empty());
}
