#include "services/conversations/messages/store.h"

#include "conversations_sql.h"
#include "libs/base/id.h"
#include "libs/rpc/time.h"

namespace centralita::conversations {
namespace {

v1::Message to_message(const pg::Row& row) {
  v1::Message message;
  message.set_id(row.text("id"));
  message.set_conversation_id(row.text("conversation_id"));
  message.set_customer_id(row.text("customer_id"));
  message.set_seq(row.number("seq"));
  v1::Message::Direction direction{};
  v1::Message::Direction_Parse(row.text("direction"), &direction);
  message.set_direction(direction);
  v1::Message::Author author{};
  v1::Message::Author_Parse(row.text("author"), &author);
  message.set_author(author);
  message.set_author_id(row.text("author_id"));
  message.mutable_content()->ParseFromString(row.bytes("content"));
  message.mutable_content()->set_body(row.text("body"));
  messaging::v1::DeliveryStatus status{};
  messaging::v1::DeliveryStatus_Parse(row.text("status"), &status);
  message.set_status(status);
  if (!row.text("failure_code").empty() || !row.text("failure_reason").empty()) {
    message.mutable_failure()->set_code(row.text("failure_code"));
    message.mutable_failure()->set_reason(row.text("failure_reason"));
  }
  message.set_provider_message_id(row.text("provider_message_id"));
  if (const auto time = row.maybe_time("sent_at")) *message.mutable_sent_at() = rpc::to_proto(*time);
  if (const auto time = row.maybe_time("read_at")) *message.mutable_read_at() = rpc::to_proto(*time);
  *message.mutable_created_at() = rpc::to_proto(row.time("created_at"));
  return message;
}

std::optional<v1::Message> to_message(const std::optional<pg::Row>& row) {
  if (!row) return {};
  return to_message(*row);
}

std::optional<Time> time_of(bool there, const google::protobuf::Timestamp& timestamp) {
  if (!there) return {};
  return rpc::to_time(timestamp);
}

}  // namespace

void insert_message(pg::Tx& tx, v1::Message& message) {
  auto rest = message.content();
  rest.clear_body();
  const auto content = rest.SerializeAsString();
  const auto row = tx.one(sql::insert_message,
                          {message.id(), tx.tenant_id(), message.conversation_id(), message.customer_id(),
                           message.seq(), v1::Message::Direction_Name(message.direction()),
                           v1::Message::Author_Name(message.author()), message.author_id(), message.content().body(),
                           pg::Param::bytes(content), messaging::v1::DeliveryStatus_Name(message.status()),
                           message.provider_message_id(), time_of(message.has_sent_at(), message.sent_at())});
  *message.mutable_created_at() = rpc::to_proto(row.time("created_at"));
}

std::optional<v1::Message> find_message(pg::Tx& tx, const std::string& id) {
  if (!is_id(id)) return {};
  return to_message(tx.maybe(sql::find_message, id));
}

std::optional<v1::Message> lock_message(pg::Tx& tx, const std::string& id) {
  if (!is_id(id)) return {};
  return to_message(tx.maybe(sql::lock_message, id));
}

void update_message(pg::Tx& tx, const v1::Message& message) {
  tx.run(sql::update_message, message.id(), messaging::v1::DeliveryStatus_Name(message.status()),
         message.failure().code(), message.failure().reason(), message.provider_message_id(),
         time_of(message.has_read_at(), message.read_at()));
}

std::vector<v1::Message> list_messages(pg::Tx& tx, const v1::Conversation& conversation, int64_t before, int limit) {
  // A conversation's messages are younger than it, so the partitions of older months need not be looked at. A day is
  // more than the clocks of our processes differ.
  const auto first = first_id(rpc::to_time(conversation.created_at()) - std::chrono::hours{24});
  const auto rows = tx.all(sql::list_messages, conversation.id(), first, before, limit);
  std::vector<v1::Message> messages;
  for (const auto row : rows) messages.push_back(to_message(row));
  return messages;
}

std::optional<v1::Message> lock_sent_without_echo(pg::Tx& tx, const std::string& conversation_id, Time since,
                                                  const std::string& body) {
  return to_message(tx.maybe(sql::lock_sent_without_echo, conversation_id, first_id(since), body));
}

std::optional<std::string> find_provider_message(pg::Tx& tx, const std::string& channel_id,
                                                 const std::string& provider_message_id) {
  const auto row = tx.maybe(sql::find_provider_message, channel_id, provider_message_id);
  if (!row) return {};
  return row->text("message_id");
}

bool claim_provider_message(pg::Tx& tx, const std::string& channel_id, const std::string& provider_message_id,
                            const std::string& message_id) {
  return tx.run(sql::claim_provider_message, tx.tenant_id(), channel_id, provider_message_id, message_id) == 1;
}

void move_provider_message(pg::Tx& tx, const std::string& channel_id, const std::string& provider_message_id,
                           const std::string& message_id) {
  tx.run(sql::move_provider_message, channel_id, provider_message_id, message_id);
}

std::optional<v1::Message> claim_request(pg::Tx& tx, const std::string& request_id, const std::string& message_id) {
  if (tx.run(sql::claim_request, tx.tenant_id(), request_id, message_id) == 1) return {};
  return find_message(tx, tx.one(sql::find_request, request_id).text("message_id"));
}

}  // namespace centralita::conversations
