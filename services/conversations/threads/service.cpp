#include "services/conversations/threads/service.h"

#include <limits>

#include "conversations_sql.h"
#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/rpc/page.h"
#include "libs/rpc/time.h"
#include "libs/text/phone.h"
#include "services/conversations/customers/store.h"
#include "services/conversations/messages/store.h"
#include "services/conversations/threads/store.h"

namespace centralita::conversations {
namespace {

constexpr const char* kBadToken = "must be a nextPageToken of an earlier answer to the same list";

ThreadFilter filter_of(const v1::ListConversationsRequest& request, int size) {
  ThreadFilter filter;
  filter.limit = size + 1;
  filter.before_time = parse_time("9999-12-31T00:00:00Z").value();
  filter.before_id = "ffffffff-ffff-ffff-ffff-ffffffffffff";
  if (const auto token = rpc::read_page_token(request.page_token(), 2)) {
    const auto time = parse_time(token->front());
    require(time && is_id(token->back()), "pageToken", kBadToken);
    filter.before_time = *time;
    filter.before_id = token->back();
  }
  require(is_text(request.medium()), "medium", "must be text");
  filter.medium = request.medium();
  require(v1::Conversation::Status_IsValid(request.status()), "status", "must be OPEN or RESOLVED");
  if (request.status() != v1::Conversation::STATUS_UNSPECIFIED)
    filter.status = v1::Conversation::Status_Name(request.status());
  require(request.customer_id().empty() || is_id(request.customer_id()), "customerId", "must be a customer's id");
  filter.customer_id = request.customer_id();
  filter.reference = request.reference();
  require(is_text(filter.reference.kind()) && is_text(filter.reference.id()) &&
              filter.reference.kind().empty() == filter.reference.id().empty(),
          "reference", "must have a kind and an id, or neither");
  filter.requires_attention = request.requires_attention();
  return filter;
}

/// The conversation that the request names by id or by phone.
Thread named(pg::Tx& tx, const v1::ListMessagesRequest& request) {
  std::optional<Thread> thread;
  if (!request.conversation_id().empty() || request.phone().empty()) {
    thread = find_thread(tx, request.conversation_id());
  } else {
    const auto phone = text::parse_phone(request.phone());
    require(phone.has_value(), "phone", "must be a phone number that names its country");
    require(is_text(request.medium()), "medium", "must be text");
    const Identity identity{"phone", phone->e164, phone->match};
    const auto owner = find_owners(tx, {&identity, 1}).front();
    if (!owner.customer_id.empty()) thread = newest_thread(tx, owner.customer_id, request.medium());
  }
  if (!thread) throw not_found("conversation");
  return std::move(*thread);
}

}  // namespace

grpc::Status ConversationService::ListConversations(grpc::ServerContext* context,
                                                    const v1::ListConversationsRequest* request,
                                                    v1::ListConversationsResponse* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const auto size = rpc::page_size(request->page_size());
    const auto filter = filter_of(*request, size);
    pg::Tx tx{*database_.pool, call.tenant_id};
    for (auto& thread : list_threads(tx, filter)) *response->add_conversations() = std::move(thread.conversation);
    if (response->conversations_size() <= size) return;
    response->mutable_conversations()->RemoveLast();
    const auto& last = response->conversations(size - 1);
    response->set_next_page_token(rpc::page_token({format_time(rpc::to_time(last.last_message_at())), last.id()}));
  });
}

grpc::Status ConversationService::GetConversation(grpc::ServerContext* context,
                                                  const v1::GetConversationRequest* request,
                                                  v1::Conversation* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    pg::Tx tx{*database_.pool, call.tenant_id};
    auto thread = find_thread(tx, request->id());
    if (!thread) throw not_found("conversation");
    *response = std::move(thread->conversation);
  });
}

grpc::Status ConversationService::ListMessages(grpc::ServerContext* context, const v1::ListMessagesRequest* request,
                                               v1::ListMessagesResponse* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const auto size = rpc::page_size(request->page_size());
    // The token names the conversation too: by phone, the newest one may be another when the next page is asked for.
    const auto token = rpc::read_page_token(request->page_token(), 2);
    auto whole = *request;
    auto before = std::numeric_limits<int64_t>::max();
    if (token) {
      whole.set_conversation_id(token->front());
      const auto& number = token->back();
      require(!number.empty() && number.size() <= 18 && number.find_first_not_of("0123456789") == std::string::npos,
              "pageToken", kBadToken);
      before = std::stoll(number);
    }
    pg::Tx tx{*database_.pool, call.tenant_id};
    const auto thread = named(tx, whole);
    for (auto& message : list_messages(tx, thread.conversation, before, size + 1))
      *response->add_messages() = std::move(message);
    if (response->messages_size() <= size) return;
    response->mutable_messages()->RemoveLast();
    response->set_next_page_token(
        rpc::page_token({thread.conversation.id(), std::to_string(response->messages(size - 1).seq())}));
  });
}

grpc::Status ConversationService::GetMessage(grpc::ServerContext* context, const v1::GetMessageRequest* request,
                                             v1::Message* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    pg::Tx tx{*database_.pool, call.tenant_id};
    auto message = find_message(tx, request->id());
    if (!message) throw not_found("message");
    *response = std::move(*message);
  });
}

grpc::Status ConversationService::SendMessage(grpc::ServerContext* context, const v1::SendMessageRequest* request,
                                              v1::Message* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) { *response = sender_.send(call, *request); });
}

grpc::Status ConversationService::GetUnreadCount(grpc::ServerContext* context, const v1::GetUnreadCountRequest* request,
                                                 v1::UnreadCount* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    require(is_text(request->medium()), "medium", "must be text");
    pg::Tx tx{*database_.pool, call.tenant_id};
    const auto row = tx.one(sql::count_unread, request->medium());
    response->set_messages(static_cast<int>(row.number("messages")));
    response->set_conversations(static_cast<int>(row.number("conversations")));
  });
}

}  // namespace centralita::conversations
