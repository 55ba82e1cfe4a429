#include <set>

#include "services/conversations/fixture.h"

using namespace centralita;
using namespace centralita::conversations;
using namespace centralita::conversations::testing;
using Stub = v1::Conversations::Stub;

namespace {

constexpr pg::Statement kUnprotected{
    "test.unprotected",
    "SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' "
    "WHERE c.relnamespace = 'conversations'::regnamespace AND c.relkind IN ('r', 'p') "
    "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"};
constexpr pg::Statement kPartitions{
    "test.partitions",
    "SELECT count(*) AS partitions FROM pg_inherits WHERE inhparent = 'conversations.message'::regclass"};
constexpr pg::Statement kElsewhere{"test.elsewhere", "SELECT count(*) AS messages FROM conversations.message_other"};

v1::UnreadCount unread(Service& service, const std::string& tenant, const std::string& medium = {}) {
  v1::GetUnreadCountRequest request;
  request.set_medium(medium);
  return rpc::call<v1::UnreadCount>(tests::staff(tenant), [&](auto* context, auto* reply) {
    return service.conversations->GetUnreadCount(context, request, reply);
  });
}

}  // namespace

TEST_CASE("a conversation is handed over, back, looked at, read and resolved, and each change is said once") {
  Service service;
  const auto line = service.new_line();
  Heard heard(service, {"conversations.conversation.v1"});
  service.say(line, "+573001234567", "Hola");
  service.say(line, "+573001234567", "¿Hay alguien?");
  const auto id = service.list(line.tenant).at(0).id();

  v1::HandOverRequest over;
  over.set_id(id);
  over.set_reason("Pide una persona");
  const auto handed = rpc::call<v1::Conversation>(tests::staff(line.tenant), [&](auto* context, auto* reply) {
    return service.conversations->HandOver(context, over, reply);
  });
  CHECK(handed.handler() == v1::Conversation::PERSON);
  CHECK(handed.requires_attention());
  CHECK(handed.attention_reason() == "Pide una persona");
  v1::ListConversationsRequest waiting;
  waiting.set_requires_attention(true);
  CHECK(service.list(line.tenant, waiting).size() == 1);

  CHECK(unread(service, line.tenant).messages() == 2);
  CHECK(unread(service, line.tenant, "whatsapp").conversations() == 1);
  CHECK(unread(service, line.tenant, "sms").conversations() == 0);
  CHECK(service.act(line.tenant, id, &Stub::MarkRead).unread_count() == 0);
  CHECK(unread(service, line.tenant).conversations() == 0);
  service.act(line.tenant, id, &Stub::MarkRead);

  const auto back = service.act(line.tenant, id, &Stub::HandBack);
  CHECK(back.handler() == v1::Conversation::AI);
  CHECK_FALSE(back.requires_attention());
  v1::SetAttentionRequest attention;
  attention.set_id(id);
  attention.set_requires_attention(true);
  CHECK(rpc::call<v1::Conversation>(tests::staff(line.tenant), [&](auto* context, auto* reply) {
          return service.conversations->SetAttention(context, attention, reply);
        }).handler() == v1::Conversation::AI);
  CHECK(service.act(line.tenant, id, &Stub::Resolve).status() == v1::Conversation::RESOLVED);
  CHECK(service.list(line.tenant, waiting).empty());
  CHECK(heard.all<v1::ConversationUpdated>(7).size() == 7);
}

TEST_CASE("pages of messages are whole and in order while new ones arrive") {
  Service service;
  const auto line = service.new_line();
  for (int i = 1; i <= 25; ++i) service.say(line, "+573001234567", std::to_string(i));
  v1::ListMessagesRequest request;
  request.set_phone("+573001234567");
  request.set_page_size(7);
  std::vector<int64_t> seen;
  do {
    const auto page = rpc::call<v1::ListMessagesResponse>(tests::staff(line.tenant), [&](auto* context, auto* reply) {
      return service.conversations->ListMessages(context, request, reply);
    });
    for (const auto& message : page.messages()) seen.push_back(message.seq());
    request.set_page_token(page.next_page_token());
    service.say(line, "+573001234567", "nuevo");
  } while (!request.page_token().empty());
  REQUIRE(seen.size() == 25);
  for (size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == 25 - static_cast<int64_t>(i));
  request.set_page_token("bm9wZQ");
  CHECK(error_of([&] {
          rpc::call<v1::ListMessagesResponse>(tests::staff(line.tenant), [&](auto* context, auto* reply) {
            return service.conversations->ListMessages(context, request, reply);
          });
        }).code() == Code::kInvalidArgument);
}

TEST_CASE("pages of conversations show each of those that were there once, the newest message first") {
  Service service;
  const auto line = service.new_line();
  for (int i = 0; i < 20; ++i)
    service.say(line, "+57300123450" + std::to_string(i % 10) + std::to_string(i / 10), "Hola");
  v1::ListConversationsRequest request;
  request.set_page_size(6);
  request.set_medium("whatsapp");
  std::vector<std::string> ids;
  std::string former;
  do {
    const auto page = rpc::call<v1::ListConversationsResponse>(
        tests::staff(line.tenant),
        [&](auto* context, auto* reply) { return service.conversations->ListConversations(context, request, reply); });
    for (const auto& conversation : page.conversations()) ids.push_back(conversation.id());
    request.set_page_token(page.next_page_token());
    // Whoever is new, or was shown before, comes to the front: not into the pages to come.
    service.say(line, "+573009999999", "nuevo");
  } while (!request.page_token().empty());
  CHECK(ids.size() == 20);
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 20);
  CHECK(service.list(line.tenant).at(0).phone() == "+573009999999");
  request.set_medium("sms");
  CHECK(service.list(line.tenant, request).empty());
}

TEST_CASE("a list shows what all of its filters let through") {
  Service service;
  const auto line = service.new_line();
  const auto other = service.new_line(line.tenant);
  service.say(line, "+573001234567", "Hola");
  const auto resolved = service.list(line.tenant).at(0);
  service.act(line.tenant, resolved.id(), &Stub::Resolve);
  service.say(line, "+573001234567", "Hola otra vez");
  service.say(other, "+573009999999", "Hola");
  service.act(line.tenant, service.list(line.tenant).at(0).id(), &Stub::HandOver);

  const auto found = [&](const std::function<void(v1::ListConversationsRequest&)>& ask) {
    v1::ListConversationsRequest request;
    ask(request);
    return service.list(line.tenant, request).size();
  };
  CHECK(found([](auto&) {}) == 3);
  CHECK(found([](auto& r) { r.set_status(v1::Conversation::OPEN); }) == 2);
  CHECK(found([](auto& r) { r.set_status(v1::Conversation::OPEN), r.set_medium("sms"); }) == 0);
  CHECK(found([](auto& r) { r.set_status(v1::Conversation::RESOLVED); }) == 1);
  CHECK(found([&](auto& r) { r.set_customer_id(resolved.customer_id()); }) == 2);
  CHECK(found([&](auto& r) {
          r.set_customer_id(resolved.customer_id());
          r.set_status(v1::Conversation::OPEN);
        }) == 1);
  CHECK(found([&](auto& r) { r.set_customer_id(resolved.customer_id()), r.set_requires_attention(true); }) == 0);
  CHECK(found([](auto& r) { r.set_requires_attention(true), r.set_medium("whatsapp"); }) == 1);
  CHECK(found([](auto& r) { r.set_requires_attention(true), r.set_status(v1::Conversation::RESOLVED); }) == 0);
}

TEST_CASE("every table of a tenant's data has forced row-level security, partitions too") {
  Service service;
  pg::Tx tx{*service.app.database().pool, ""};
  std::vector<std::string> unprotected;
  const auto rows = tx.all(kUnprotected);
  for (const auto row : rows) unprotected.push_back(row.text("name"));
  CHECK(unprotected == std::vector<std::string>{});
}

TEST_CASE("messages lie in the partition of their month, and coming months have theirs") {
  Service service;
  const auto line = service.new_line();
  service.say(line, "+573001234567", "Hola");
  pg::Tx tx{*service.app.database().pool, line.tenant};
  CHECK(tx.one(kPartitions).number("partitions") == 5);
  CHECK(service.list(line.tenant).size() == 1);
  CHECK(tx.one(kElsewhere).number("messages") == 0);
}
