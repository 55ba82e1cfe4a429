#pragma once

#include <functional>
#include <memory>

#include "centralita/conversations/v1/conversations.grpc.pb.h"
#include "libs/bus/tx.h"
#include "services/conversations/threads/send.h"

namespace centralita::conversations {

/// Conversations and their messages, as the staff and our agents use them. Safe to call from any thread.
class ConversationService final : public v1::Conversations::Service {
 public:
  ConversationService(bus::Database database, channels::Directory& directory, std::shared_ptr<grpc::Channel> accounts)
      : database_(database), sender_(database, directory, std::move(accounts)) {}

  grpc::Status ListConversations(grpc::ServerContext* context, const v1::ListConversationsRequest* request,
                                 v1::ListConversationsResponse* response) override;
  grpc::Status GetConversation(grpc::ServerContext* context, const v1::GetConversationRequest* request,
                               v1::Conversation* response) override;
  grpc::Status ListMessages(grpc::ServerContext* context, const v1::ListMessagesRequest* request,
                            v1::ListMessagesResponse* response) override;
  grpc::Status GetMessage(grpc::ServerContext* context, const v1::GetMessageRequest* request,
                          v1::Message* response) override;
  grpc::Status SendMessage(grpc::ServerContext* context, const v1::SendMessageRequest* request,
                           v1::Message* response) override;
  grpc::Status GetUnreadCount(grpc::ServerContext* context, const v1::GetUnreadCountRequest* request,
                              v1::UnreadCount* response) override;

  grpc::Status MarkRead(grpc::ServerContext* context, const v1::MarkReadRequest* request,
                        v1::Conversation* response) override;
  grpc::Status HandOver(grpc::ServerContext* context, const v1::HandOverRequest* request,
                        v1::Conversation* response) override;
  grpc::Status HandBack(grpc::ServerContext* context, const v1::HandBackRequest* request,
                        v1::Conversation* response) override;
  grpc::Status Resolve(grpc::ServerContext* context, const v1::ResolveRequest* request,
                       v1::Conversation* response) override;
  grpc::Status SetAttention(grpc::ServerContext* context, const v1::SetAttentionRequest* request,
                            v1::Conversation* response) override;

 private:
  /// Changes one conversation and returns it; NOT_FOUND.
  v1::Conversation change(const Caller& caller, const std::string& id,
                          const std::function<void(v1::Conversation&)>& what) const;

  bus::Database database_;
  Sender sender_;
};

}  // namespace centralita::conversations
