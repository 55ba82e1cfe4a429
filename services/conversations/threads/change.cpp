#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "services/conversations/threads/service.h"
#include "services/conversations/threads/store.h"

/// The RPCs that change a conversation without a message.
namespace centralita::conversations {

v1::Conversation ConversationService::change(const Caller& caller, const std::string& id,
                                             const std::function<void(v1::Conversation&)>& what) const {
  bus::Tx tx{database_, caller};
  auto thread = lock_thread(tx, id);
  if (!thread) throw not_found("conversation");
  what(thread->conversation);
  save(tx, *thread);
  tx.commit();
  return std::move(thread->conversation);
}

grpc::Status ConversationService::MarkRead(grpc::ServerContext* context, const v1::MarkReadRequest* request,
                                           v1::Conversation* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    *response = change(call, request->id(), [](v1::Conversation& conversation) { conversation.set_unread_count(0); });
  });
}

grpc::Status ConversationService::HandOver(grpc::ServerContext* context, const v1::HandOverRequest* request,
                                           v1::Conversation* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    require(is_text(request->reason()) && request->reason().size() <= 500, "reason",
            "must be a text of at most 500 bytes");
    *response = change(call, request->id(), [&](v1::Conversation& conversation) {
      conversation.set_handler(v1::Conversation::PERSON);
      conversation.set_requires_attention(true);
      conversation.set_attention_reason(request->reason());
    });
  });
}

grpc::Status ConversationService::HandBack(grpc::ServerContext* context, const v1::HandBackRequest* request,
                                           v1::Conversation* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    *response = change(call, request->id(), [](v1::Conversation& conversation) {
      conversation.set_handler(v1::Conversation::AI);
      conversation.set_requires_attention(false);
      conversation.clear_attention_reason();
    });
  });
}

grpc::Status ConversationService::Resolve(grpc::ServerContext* context, const v1::ResolveRequest* request,
                                          v1::Conversation* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    *response = change(call, request->id(), [](v1::Conversation& conversation) {
      conversation.set_status(v1::Conversation::RESOLVED);
      conversation.set_requires_attention(false);
      conversation.clear_attention_reason();
      conversation.set_unread_count(0);
    });
  });
}

grpc::Status ConversationService::SetAttention(grpc::ServerContext* context, const v1::SetAttentionRequest* request,
                                               v1::Conversation* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    *response = change(call, request->id(), [&](v1::Conversation& conversation) {
      conversation.set_requires_attention(request->requires_attention());
      conversation.clear_attention_reason();
    });
  });
}

}  // namespace centralita::conversations
