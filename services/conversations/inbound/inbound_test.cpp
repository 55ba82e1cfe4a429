#include <set>

#include "services/conversations/fixture.h"

using namespace centralita;
using namespace centralita::conversations;
using namespace centralita::conversations::testing;

TEST_CASE("a hundred equal messages at once make one customer, one conversation and one message") {
  Service service;
  const auto line = service.new_line();
  Heard heard(service, {"conversations.message.v1", "conversations.customer.v1"});
  const auto message = Service::text(line, "+573001234567", "SM1", "Hola");
  at_once(16, 100, [&](int) { service.hear(line, message); });

  CHECK(service.all_customers(line.tenant).size() == 1);
  const auto conversations = service.list(line.tenant);
  REQUIRE(conversations.size() == 1);
  CHECK(conversations[0].unread_count() == 1);
  CHECK(service.messages(line.tenant, conversations[0].id()).size() == 1);

  service.say(line, "+573001234567", "Otra");
  const auto received = heard.all<v1::MessageReceived>(2);
  REQUIRE(received.size() == 2);
  CHECK(received[0].message().content().body() == "Hola");
  CHECK(received[0].channel_id() == line.id);
  CHECK(received[0].handler() == v1::Conversation::AI);
  CHECK(heard.all<v1::CustomerCreated>(1).size() == 1);
}

TEST_CASE("an event heard again has no effect, whatever has happened since") {
  Service service;
  const auto line = service.new_line();
  const auto message = Service::text(line, "+573001234567", "SM1", "Hola");
  const auto event = new_id();
  service.hear(line, message, event);
  service.hear(line, message, event);
  CHECK(service.list(line.tenant).at(0).last_seq() == 1);
}

TEST_CASE("what a customer wrote is kept whole") {
  Service service;
  const auto line = service.new_line();
  auto inbound = Service::text(line, "+573001234567", "SM1", std::string("Mira\0 esto 📷\nSaludos", 22));
  inbound.set_profile_name("Ana");
  inbound.mutable_sent_at()->set_seconds(1'800'000'000);
  auto& attachment = *inbound.mutable_content()->add_attachments();
  attachment.set_url("https://provider.example.com/1");
  attachment.set_media_type("image/jpeg");
  inbound.mutable_content()->mutable_quote()->set_provider_message_id("SM0");
  service.hear(line, inbound);

  const auto conversation = service.list(line.tenant).at(0);
  CHECK(conversation.customer_name() == "Ana");
  CHECK(conversation.phone() == "+573001234567");
  CHECK(conversation.address() == "whatsapp:+573001234567");
  CHECK(conversation.medium() == "whatsapp");
  CHECK(conversation.handler() == v1::Conversation::AI);
  CHECK(conversation.last_message_preview().starts_with("Mira esto 📷 Salu"));
  const auto message = service.messages(line.tenant, conversation.id()).at(0);
  CHECK(message.seq() == 1);
  CHECK(message.direction() == v1::Message::INBOUND);
  CHECK(message.author() == v1::Message::CUSTOMER);
  CHECK(message.provider_message_id() == "SM1");
  CHECK(message.sent_at().seconds() == 1'800'000'000);
  CHECK(message.content().attachments(0).url() == attachment.url());
  CHECK(message.content().quote().provider_message_id() == "SM0");
  CHECK(message.status() == messaging::v1::DELIVERY_STATUS_UNSPECIFIED);
}

TEST_CASE("somebody is one customer by whichever identity they come, and learns a name later") {
  Service service;
  const auto line = service.new_line();
  service.say(line, "+573001234567", "por teléfono");
  auto by_user_id = Service::text(line, "+573001234567", "SM2", "por los dos");
  Service::add_identity(by_user_id, "whatsapp_user", "CO.123");
  by_user_id.set_profile_name("Ana María");
  service.hear(line, by_user_id);
  InboundReceived without_phone = by_user_id;
  without_phone.set_provider_message_id("SM3");
  without_phone.clear_identities();
  Service::add_identity(without_phone, "whatsapp_user", "CO.123");
  service.hear(line, without_phone);

  const auto customers = service.all_customers(line.tenant);
  REQUIRE(customers.size() == 1);
  CHECK(customers[0].name() == "Ana María");
  CHECK(customers[0].identities_size() == 3);
  CHECK(customers[0].lifecycle() == v1::Customer::LEAD);
  CHECK(service.list(line.tenant).at(0).last_seq() == 3);
  CHECK(service.all_customers(line.tenant, "ana maria").size() == 1);
  CHECK(service.all_customers(line.tenant, "300 123").size() == 1);
  CHECK(service.all_customers(line.tenant, "co.123").size() == 1);
  CHECK(service.all_customers(line.tenant, "999").empty());
}

TEST_CASE("somebody who comes with different identities at once is still one customer") {
  Service service;
  const auto line = service.new_line();
  at_once(16, 64, [&](int i) {
    auto message = Service::text(line, "+573001234567", "SM" + std::to_string(i), "Hola");
    message.clear_identities();
    if (i % 3 != 0) Service::add_identity(message, "whatsapp_user", "CO.123");
    Service::add_identity(message, "phone", "+573001234567");
    if (i % 3 == 1) Service::add_identity(message, "whatsapp", "573001234567");
    service.hear(line, message);
  });
  const auto customers = service.all_customers(line.tenant);
  REQUIRE(customers.size() == 1);
  CHECK(customers[0].identities_size() == 3);
  CHECK(service.list(line.tenant).at(0).last_seq() == 64);
}

TEST_CASE("WhatsApp's two spellings of a number in Argentina, Mexico and Brazil are one customer") {
  Service service;
  const auto line = service.new_line();
  const auto [one, other] = GENERATE(values<std::pair<std::string, std::string>>({
      {"+5491123456789", "+541123456789"},
      {"+5215512345678", "+525512345678"},
      {"+5511987654321", "+551187654321"},
  }));
  service.say(line, one, "Hola");
  service.say(line, other, "¿Hay alguien?");
  CHECK(service.all_customers(line.tenant).size() == 1);
  const auto conversations = service.list(line.tenant);
  REQUIRE(conversations.size() == 1);
  CHECK(conversations[0].last_seq() == 2);
  CHECK(conversations[0].address() == "whatsapp:" + other);
}

TEST_CASE("one customer on two channels has two conversations") {
  Service service;
  const auto first = service.new_line();
  const auto second = service.new_line(first.tenant);
  at_once(8, 40, [&](int i) { service.say(i % 2 ? first : second, "+573001234567", "Hola"); });
  CHECK(service.all_customers(first.tenant).size() == 1);
  const auto conversations = service.list(first.tenant);
  REQUIRE(conversations.size() == 2);
  CHECK(conversations[0].last_seq() == 20);
  CHECK(conversations[1].last_seq() == 20);
}

TEST_CASE("messages are numbered from one without gaps, also when many are stored at once") {
  Service service;
  const auto line = service.new_line();
  service.say(line, "+573001234567", "0");
  const auto id = service.list(line.tenant).at(0).id();
  at_once(16, 99, [&](int i) {
    if (i % 4 == 0)
      service.send(line.tenant, id, std::to_string(i));
    else
      service.say(line, "+573001234567", std::to_string(i));
  });
  const auto messages = service.messages(line.tenant, id);
  REQUIRE(messages.size() == 100);
  for (size_t i = 0; i < messages.size(); ++i) CHECK(messages[i].seq() == static_cast<int64_t>(i) + 1);
}

TEST_CASE("the same message id on another channel is another message") {
  Service service;
  const auto first = service.new_line();
  const auto second = service.new_line(first.tenant);
  service.hear(first, Service::text(first, "+573001234567", "1", "uno"));
  service.hear(second, Service::text(second, "+573001234567", "1", "dos"));
  CHECK(service.list(first.tenant).size() == 2);
}

TEST_CASE("a message for a channel that the tenant does not have is refused for good") {
  Service service;
  const auto line = service.new_line();
  const auto other = service.app.new_tenant("Ajena");
  auto message = Service::text(line, "+573001234567", "SM1", "Hola");
  const auto error = error_of([&] { service.hear({other, line.id}, message); });
  CHECK(error.code() == Code::kNotFound);
  CHECK_FALSE(error.transient());
  message.set_channel_id("no es un canal");
  CHECK(error_of([&] { service.hear(line, message); }).code() == Code::kNotFound);
  CHECK(service.list(line.tenant).empty());
  CHECK(service.list(other).empty());
}

TEST_CASE("whoever writes after the conversation was resolved opens a new one") {
  Service service;
  const auto line = service.new_line();
  service.say(line, "+573001234567", "Hola");
  const auto first = service.list(line.tenant).at(0).id();
  const auto resolved = service.act(line.tenant, first, &v1::Conversations::Stub::Resolve);
  CHECK(resolved.status() == v1::Conversation::RESOLVED);
  CHECK(resolved.unread_count() == 0);
  at_once(8, 16, [&](int) { service.say(line, "+573001234567", "Otra cosa"); });
  const auto conversations = service.list(line.tenant);
  REQUIRE(conversations.size() == 2);
  CHECK(conversations[0].last_seq() == 16);
  CHECK(conversations[1].id() == first);
  CHECK(conversations[1].last_seq() == 1);
}

TEST_CASE("what the business writes with the provider's own tool is stored, and takes the conversation over") {
  Service service;
  const auto line = service.new_line();
  Heard heard(service, {"conversations.message.v1", "conversations.conversation.v1", "messaging.delivery.v1"});
  service.say(line, "+573001234567", "Hola");
  auto echo = Service::text(line, "+573001234567", "SM9", "Buenas, soy Ana.");
  echo.set_echo(true);
  at_once(8, 8, [&](int) { service.hear(line, echo); });
  const auto conversation = service.list(line.tenant).at(0);
  CHECK(conversation.handler() == v1::Conversation::PERSON);
  const auto messages = service.messages(line.tenant, conversation.id());
  REQUIRE(messages.size() == 2);
  CHECK(messages[1].author() == v1::Message::EXTERNAL);
  CHECK(messages[1].direction() == v1::Message::OUTBOUND);
  CHECK(messages[1].status() == messaging::v1::SENT);
  CHECK(heard.all<v1::MessageSent>(1).size() == 1);
  CHECK(heard.all<v1::ConversationUpdated>(2).back().conversation().handler() == v1::Conversation::PERSON);
  CHECK(heard.all<messaging::v1::DeliveryRequested>(0).empty());
}

TEST_CASE("the echo of our own message is not another one, however it can be recognised") {
  Service service;
  const auto line = service.new_line();
  service.say(line, "+573001234567", "Hola");
  const auto id = service.list(line.tenant).at(0).id();
  const auto sent = service.send(line.tenant, id, "Buenas tardes");
  auto echo = Service::text(line, "+573001234567", "SM9", "Buenas tardes");
  echo.set_echo(true);

  SECTION("by our id") {
    echo.set_message_id(sent.id());
    echo.mutable_content()->set_body("Buenas tardes (recortado)");
    service.hear(line, echo);
  }
  SECTION("by the provider's id, told before") {
    service.deliver(line, sent, messaging::v1::SENT, "SM9");
    service.hear(line, echo);
  }
  SECTION("by its words, before anybody told the provider's id") {
    service.hear(line, echo);
    service.deliver(line, sent, messaging::v1::SENT, "SM9");
  }
  const auto messages = service.messages(line.tenant, id);
  REQUIRE(messages.size() == 2);
  CHECK(messages[1].author() == v1::Message::USER);
  CHECK(messages[1].provider_message_id() == "SM9");

  echo.set_provider_message_id("SM10");
  echo.clear_message_id();
  service.hear(line, echo);
  CHECK(service.messages(line.tenant, id).size() == 3);
}
