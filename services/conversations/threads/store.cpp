#include "services/conversations/threads/store.h"

#include "centralita/conversations/v1/events.pb.h"
#include "conversations_sql.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/rpc/time.h"
#include "services/conversations/messages/preview.h"
#include "services/conversations/messages/store.h"

namespace centralita::conversations {
namespace {

Thread to_thread(const pg::Row& row) {
  Thread thread;
  auto& c = thread.conversation;
  c.set_id(row.text("id"));
  c.set_customer_id(row.text("customer_id"));
  c.set_customer_name(row.text("customer_name"));
  c.set_channel_id(row.text("channel_id"));
  c.set_medium(row.text("medium"));
  c.set_address(row.text("address"));
  c.set_phone(row.text("phone"));
  v1::Conversation::Status status{};
  v1::Conversation::Status_Parse(row.text("status"), &status);
  c.set_status(status);
  v1::Conversation::Handler handler{};
  v1::Conversation::Handler_Parse(row.text("handler"), &handler);
  c.set_handler(handler);
  c.set_requires_attention(row.flag("requires_attention"));
  c.set_attention_reason(row.text("attention_reason"));
  c.set_unread_count(static_cast<int>(row.number("unread_count")));
  c.set_last_seq(row.number("last_seq"));
  c.set_last_message_preview(row.text("last_message_preview"));
  *c.mutable_last_message_at() = rpc::to_proto(row.time("last_message_at"));
  if (!row.text("reference_kind").empty()) {
    c.mutable_reference()->set_kind(row.text("reference_kind"));
    c.mutable_reference()->set_id(row.text("reference_id"));
  }
  *c.mutable_created_at() = rpc::to_proto(row.time("created_at"));
  *c.mutable_updated_at() = rpc::to_proto(row.time("updated_at"));
  thread.provider_conversation_id = row.text("provider_conversation_id");
  thread.stored = c;
  return thread;
}

std::optional<Thread> to_thread(const std::optional<pg::Row>& row) {
  if (!row) return {};
  return to_thread(*row);
}

bool changed(const v1::Conversation& before, const v1::Conversation& after) {
  return before.status() != after.status() || before.handler() != after.handler() ||
         before.requires_attention() != after.requires_attention() ||
         before.attention_reason() != after.attention_reason() || before.unread_count() != after.unread_count();
}

}  // namespace

std::optional<Thread> find_thread(pg::Tx& tx, const std::string& id) {
  if (!is_id(id)) return {};
  return to_thread(tx.maybe(sql::find_conversation, id));
}

std::optional<Thread> newest_thread(pg::Tx& tx, const std::string& customer_id, const std::string& medium) {
  return to_thread(tx.maybe(sql::newest_conversation, customer_id, medium));
}

std::optional<Thread> newest_thread_on_channel(pg::Tx& tx, const std::string& customer_id,
                                               const std::string& channel_id) {
  return to_thread(tx.maybe(sql::newest_conversation_on_channel, customer_id, channel_id));
}

std::optional<Thread> lock_thread(pg::Tx& tx, const std::string& id) {
  // Locked first and read then: what is read is what whoever had it before has left.
  if (!is_id(id) || !tx.maybe(sql::lock_conversation, id)) return {};
  return find_thread(tx, id);
}

std::optional<Thread> lock_open_thread(pg::Tx& tx, const std::string& customer_id, const std::string& channel_id) {
  const auto row = tx.maybe(sql::lock_open_conversation, customer_id, channel_id);
  if (!row) return {};
  return find_thread(tx, row->text("id"));
}

Thread open_thread(pg::Tx& tx, const v1::Conversation& conversation, const std::string& provider_conversation_id) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (auto open = lock_open_thread(tx, conversation.customer_id(), conversation.channel_id()))
      return std::move(*open);
    const auto id = new_id();
    const auto made =
        tx.run(sql::insert_conversation, id, tx.tenant_id(), conversation.customer_id(), conversation.channel_id(),
               conversation.medium(), conversation.address(), provider_conversation_id);
    if (made == 0) continue;  // Somebody else has just opened one, and may have resolved it since.
    auto thread = find_thread(tx, id).value();
    thread.stored.Clear();
    return thread;
  }
  throw Error(Code::kAborted, "CONVERSATION_CONTENDED", "The conversation is being opened and resolved all the time.");
}

void append(pg::Tx& tx, Thread& thread, v1::Message& message) {
  auto& conversation = thread.conversation;
  // A NUL is the one character that PostgreSQL's text cannot hold.
  std::erase(*message.mutable_content()->mutable_body(), '\0');
  if (message.id().empty()) message.set_id(new_id());
  message.set_conversation_id(conversation.id());
  message.set_customer_id(conversation.customer_id());
  message.set_seq(conversation.last_seq() + 1);
  insert_message(tx, message);
  conversation.set_last_seq(message.seq());
  conversation.set_last_message_preview(preview(message.content()));
  *conversation.mutable_last_message_at() = message.created_at();
}

void save(bus::Tx& tx, Thread& thread) {
  auto& c = thread.conversation;
  const auto row =
      tx.one(sql::save_conversation,
             {c.id(), c.address(), thread.provider_conversation_id, v1::Conversation::Status_Name(c.status()),
              v1::Conversation::Handler_Name(c.handler()), c.requires_attention(), c.attention_reason(),
              c.unread_count(), c.last_seq(), c.last_message_preview(), rpc::to_time(c.last_message_at()),
              c.reference().kind(), c.reference().id()});
  *c.mutable_updated_at() = rpc::to_proto(row.time("updated_at"));
  if (changed(thread.stored, c)) {
    v1::ConversationUpdated updated;
    *updated.mutable_conversation() = c;
    tx.publish(updated);
  }
  thread.stored = c;
}

std::vector<Thread> list_threads(pg::Tx& tx, const ThreadFilter& f) {
  const auto& about = f.reference;
  // The filter that leaves least has its index; the others are looked at on the way.
  const auto rows = [&] {
    if (!f.customer_id.empty())
      return tx.all(sql::list_conversations_of_customer, f.before_time, f.before_id, f.limit, f.status, f.customer_id,
                    f.medium, f.requires_attention, about.kind(), about.id());
    if (!about.kind().empty())
      return tx.all(sql::list_conversations_about, f.before_time, f.before_id, f.limit, f.status, about.kind(),
                    about.id(), f.medium, f.requires_attention);
    if (f.requires_attention)
      return tx.all(sql::list_conversations_to_look_at, f.before_time, f.before_id, f.limit, f.status, f.medium);
    if (f.status == "OPEN") return tx.all(sql::list_open_conversations, f.before_time, f.before_id, f.limit, f.medium);
    if (!f.medium.empty())
      return tx.all(sql::list_conversations_of_medium, f.before_time, f.before_id, f.limit, f.status, f.medium);
    return tx.all(sql::list_conversations, f.before_time, f.before_id, f.limit, f.status);
  }();
  std::vector<Thread> threads;
  for (const auto row : rows) threads.push_back(to_thread(row));
  return threads;
}

}  // namespace centralita::conversations
