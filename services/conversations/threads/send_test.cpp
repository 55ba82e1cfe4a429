#include <set>

#include "services/conversations/fixture.h"

using namespace centralita;
using namespace centralita::conversations;
using namespace centralita::conversations::testing;

namespace {

v1::SendMessageRequest to_phone(const std::string& phone, const std::string& body) {
  v1::SendMessageRequest request;
  request.set_to(phone);
  request.set_body(body);
  return request;
}

v1::SendMessageRequest into(const std::string& conversation_id, const std::string& body) {
  v1::SendMessageRequest request;
  request.set_conversation_id(conversation_id);
  request.set_body(body);
  return request;
}

Caller agent(const std::string& tenant) { return Caller::service("agent-orchestrator", tenant, Trace::start()); }

/// A conversation that a customer has begun.
std::string begin(Service& service, const Line& line, const std::string& phone = "+573001234567") {
  service.say(line, phone, "Hola");
  return service.list(line.tenant).at(0).id();
}

}  // namespace

TEST_CASE("a message of the staff is stored, to be delivered, and takes the conversation over") {
  Service service;
  const auto line = service.new_line();
  const auto id = begin(service, line);
  Heard heard(service, {"conversations.message.v1", "conversations.conversation.v1", "messaging.delivery.v1"});
  auto request = into(id, "Soy Ana, te ayudo yo.");
  request.mutable_reference()->set_kind("cita");
  request.mutable_reference()->set_id("77");
  const auto caller = tests::staff(line.tenant);
  const auto message = service.send(caller, request);
  CHECK(message.seq() == 2);
  CHECK(message.author() == v1::Message::USER);
  CHECK("user:" + message.author_id() == caller.subject);
  CHECK(message.status() == messaging::v1::QUEUED);

  const auto conversation = service.get(line.tenant, id);
  CHECK(conversation.handler() == v1::Conversation::PERSON);
  CHECK(conversation.last_message_preview() == "Soy Ana, te ayudo yo.");
  CHECK(conversation.reference().id() == "77");
  const auto requested = heard.all<messaging::v1::DeliveryRequested>(1).at(0);
  CHECK(requested.message_id() == message.id());
  CHECK(requested.channel_id() == line.id);
  CHECK(requested.recipient() == "whatsapp:+573001234567");
  CHECK(requested.content().body() == "Soy Ana, te ayudo yo.");
  CHECK(heard.all<v1::MessageSent>(1).at(0).message().id() == message.id());
  CHECK(heard.all<v1::ConversationUpdated>(1).back().conversation().handler() == v1::Conversation::PERSON);

  v1::ListConversationsRequest about;
  about.mutable_reference()->set_kind("cita");
  about.mutable_reference()->set_id("77");
  CHECK(service.list(line.tenant, about).size() == 1);
  about.mutable_reference()->set_id("78");
  CHECK(service.list(line.tenant, about).empty());
}

TEST_CASE("an answer of the AI that raced with a takeover is not sent") {
  Service service;
  const auto line = service.new_line();
  const auto id = begin(service, line);
  auto answer = into(id, "Abrimos a las 8.");
  answer.set_agent_id(new_id());
  const auto first = service.send(agent(line.tenant), answer);
  CHECK(first.author() == v1::Message::AGENT);
  CHECK(first.author_id() == answer.agent_id());
  CHECK(service.get(line.tenant, id).handler() == v1::Conversation::AI);

  service.act(line.tenant, id, &v1::Conversations::Stub::HandOver);
  const auto error = error_of([&] { service.send(agent(line.tenant), answer); });
  CHECK(error.code() == Code::kFailedPrecondition);
  CHECK(error.reason() == "HANDLED_BY_PERSON");
  service.act(line.tenant, id, &v1::Conversations::Stub::HandBack);
  service.send(agent(line.tenant), answer);
  CHECK(service.messages(line.tenant, id).size() == 3);

  CHECK(error_of([&] { service.send(tests::staff(line.tenant), answer); }).code() == Code::kInvalidArgument);
}

TEST_CASE("the same request sent many times at once sends one message") {
  Service service;
  const auto line = service.new_line();
  Heard heard(service, {"messaging.delivery.v1"});
  auto request = to_phone("+57 300 123 4567", "Su cita es mañana.");
  request.set_request_id("recordatorio-1");
  std::mutex mutex;
  std::set<std::string> ids;
  at_once(16, 64, [&](int) {
    const auto message = service.send(tests::staff(line.tenant), request);
    const std::lock_guard lock(mutex);
    ids.insert(message.id());
  });
  CHECK(ids.size() == 1);
  CHECK(service.all_customers(line.tenant).size() == 1);
  CHECK(service.list(line.tenant).at(0).last_seq() == 1);
  request.set_request_id("recordatorio-2");
  service.send(tests::staff(line.tenant), request);
  CHECK(heard.all<messaging::v1::DeliveryRequested>(2).size() == 2);
}

TEST_CASE("a message to a phone goes into the customer's open conversation, at the address the provider gave") {
  Service service;
  const auto line = service.new_line();
  const auto id = begin(service, line, "+5491123456789");
  const auto message = service.send(tests::staff(line.tenant), to_phone("+54 11 2345-6789", "Hola"));
  CHECK(message.conversation_id() == id);
  CHECK(service.get(line.tenant, id).address() == "whatsapp:+5491123456789");

  v1::ListMessagesRequest request;
  request.set_phone("5491123456789");
  request.set_medium("whatsapp");
  const auto list = [&] {
    return rpc::call<v1::ListMessagesResponse>(tests::staff(line.tenant), [&](auto* context, auto* reply) {
      return service.conversations->ListMessages(context, request, reply);
    });
  };
  CHECK(list().messages_size() == 2);
  request.set_medium("sms");
  CHECK(error_of(list).code() == Code::kNotFound);
  request.set_phone("no es un teléfono");
  CHECK(error_of(list).code() == Code::kInvalidArgument);
}

TEST_CASE("a message to a phone that never wrote makes a lead and a conversation in the people's hands") {
  Service service;
  const auto line = service.new_line();
  const auto message = service.send(tests::staff(line.tenant), to_phone("+573001234567", "Buenas"));
  const auto conversation = service.get(line.tenant, message.conversation_id());
  CHECK(conversation.address() == "whatsapp:+573001234567");
  CHECK(conversation.handler() == v1::Conversation::PERSON);
  CHECK(service.all_customers(line.tenant).at(0).lifecycle() == v1::Customer::LEAD);
  service.say(line, "+573001234567", "¿Quién es?");
  CHECK(service.get(line.tenant, message.conversation_id()).last_seq() == 2);
}

TEST_CASE("nothing is sent where no channel can carry it") {
  Service service;
  const auto tenant = service.app.new_tenant();
  const auto send = [&](v1::SendMessageRequest request) {
    return error_of([&] { service.send(tests::staff(tenant), request); }).reason();
  };
  CHECK(send(to_phone("+573001234567", "Hola")) == "NO_CHANNEL");
  const auto line = service.new_line(tenant);
  auto by_sms = to_phone("+573001234567", "Hola");
  by_sms.set_medium("sms");
  CHECK(send(by_sms) == "NO_CHANNEL");
  auto elsewhere = to_phone("+573001234567", "Hola");
  elsewhere.set_channel_id(service.new_line().id);
  CHECK(send(elsewhere) == "NO_CHANNEL");
  service.change_line(
      line, [](Channel& channel) { channel.set_enabled(false); }, "enabled");
  CHECK(send(to_phone("+573001234567", "Hola")) == "CHANNEL_DISABLED");
  CHECK(service.all_customers(tenant).empty());
}

TEST_CASE("what is not worth sending is refused, naming why") {
  Service service;
  const auto line = service.new_line();
  const auto id = begin(service, line);
  const auto refused = [&](const std::function<void(v1::SendMessageRequest&)>& spoil) {
    auto request = into(id, "Hola");
    spoil(request);
    const auto error = error_of([&] { service.send(tests::staff(line.tenant), request); });
    CHECK(error.code() == Code::kInvalidArgument);
    return error.fields.at(0).field;
  };
  std::string long_text;
  for (int i = 0; i < 4097; ++i) long_text += "ñ";
  CHECK(refused([](auto& r) { r.set_body(" \n"); }) == "body");
  CHECK(refused([&](auto& r) { r.set_body(long_text); }) == "body");
  CHECK(refused([](auto& r) { r.set_body(std::string("a\0b", 3)); }) == "body");
  CHECK(refused([](auto& r) { r.add_attachments()->set_url("http://example.com/a"); }) == "attachments[0].url");
  CHECK(refused([](auto& r) { r.mutable_reference()->set_kind("cita"); }) == "reference");
  CHECK(refused([](auto& r) { r.clear_conversation_id(); }) == "to");
  CHECK(refused([](auto& r) { r.clear_conversation_id(), r.set_to("hola"); }) == "to");
  CHECK(refused([](auto& r) { r.set_request_id(std::string(201, 'x')); }) == "requestId");

  auto fits = into(id, long_text.substr(2));
  CHECK(service.send(tests::staff(line.tenant), fits).seq() == 2);
  auto only_file = into(id, "");
  only_file.add_attachments()->set_url("https://example.com/a.pdf");
  CHECK(service.send(tests::staff(line.tenant), only_file).content().attachments_size() == 1);
}

TEST_CASE("a message into a resolved conversation opens it again, unless a newer one is open") {
  Service service;
  const auto line = service.new_line();
  const auto first = begin(service, line);
  service.act(line.tenant, first, &v1::Conversations::Stub::Resolve);
  service.send(line.tenant, first, "Una cosa más");
  CHECK(service.get(line.tenant, first).status() == v1::Conversation::OPEN);
  service.act(line.tenant, first, &v1::Conversations::Stub::Resolve);
  service.say(line, "+573001234567", "Otra pregunta");
  CHECK(error_of([&] { service.send(line.tenant, first, "Tarde"); }).reason() == "CONVERSATION_RESOLVED");
}

TEST_CASE("another tenant's conversation does not exist, and nothing happens to it") {
  Service service;
  const auto line = service.new_line();
  const auto id = begin(service, line);
  const auto before = service.get(line.tenant, id);
  const auto intruder = service.app.new_tenant("Ajena");
  service.new_line(intruder);
  using Stub = v1::Conversations::Stub;
  CHECK(error_of([&] { service.send(intruder, id, "intruso"); }).code() == Code::kNotFound);
  CHECK(error_of([&] { service.get(intruder, id); }).code() == Code::kNotFound);
  CHECK(error_of([&] { service.messages(intruder, id); }).code() == Code::kNotFound);
  CHECK(error_of([&] { service.act(intruder, id, &Stub::HandOver); }).code() == Code::kNotFound);
  CHECK(error_of([&] { service.act(intruder, id, &Stub::HandBack); }).code() == Code::kNotFound);
  CHECK(error_of([&] { service.act(intruder, id, &Stub::Resolve); }).code() == Code::kNotFound);
  CHECK(error_of([&] { service.act(intruder, id, &Stub::MarkRead); }).code() == Code::kNotFound);
  CHECK(error_of([&] { service.act(intruder, id, &Stub::SetAttention); }).code() == Code::kNotFound);
  CHECK(service.list(intruder).empty());
  CHECK(service.all_customers(intruder).empty());
  CHECK(google::protobuf::util::MessageDifferencer::Equals(service.get(line.tenant, id), before));
}
