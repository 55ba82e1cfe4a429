#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "centralita/conversations/v1/conversations.grpc.pb.h"
#include "centralita/conversations/v1/events.pb.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/rpc/serve.h"
#include "libs/rpc/time.h"

namespace centralita::agents::testing {

/// Conversations in memory, behind the real RPCs: what the agents do to them can be looked at, and made to go wrong.
class Conversations final : public conversations::v1::Conversations::Service {
 public:
  using Conversation = conversations::v1::Conversation;
  using Message = conversations::v1::Message;

  struct Thread {
    Conversation conversation;
    std::vector<Message> messages;
    std::map<std::string, Message> requests;
  };

  std::string open(const std::string& channel_id) {
    const std::lock_guard lock(mutex_);
    Thread thread;
    thread.conversation.set_id(new_id());
    thread.conversation.set_customer_id(new_id());
    thread.conversation.set_channel_id(channel_id);
    thread.conversation.set_handler(Conversation::AI);
    return threads_.emplace(thread.conversation.id(), thread).first->first;
  }

  conversations::v1::MessageReceived hear(const std::string& conversation_id, const std::string& body) {
    const std::lock_guard lock(mutex_);
    auto& thread = threads_.at(conversation_id);
    conversations::v1::MessageReceived heard;
    *heard.mutable_message() = add(thread, Message::CUSTOMER, body);
    heard.set_channel_id(thread.conversation.channel_id());
    heard.set_handler(thread.conversation.handler());
    return heard;
  }

  void hand_to(const std::string& conversation_id, Conversation::Handler handler) {
    const std::lock_guard lock(mutex_);
    threads_.at(conversation_id).conversation.set_handler(handler);
  }

  void resolve(const std::string& conversation_id) {
    const std::lock_guard lock(mutex_);
    threads_.at(conversation_id).conversation.set_status(Conversation::RESOLVED);
  }

  Thread thread(const std::string& conversation_id) const {
    const std::lock_guard lock(mutex_);
    return threads_.at(conversation_id);
  }

  /// Bodies of what the agents sent.
  std::vector<std::string> answers(const std::string& conversation_id) const {
    std::vector<std::string> bodies;
    for (const auto& message : thread(conversation_id).messages)
      if (message.author() == Message::AGENT) bodies.push_back(message.content().body());
    return bodies;
  }

  /// Called before a message is stored; what it throws is answered.
  std::function<void(const conversations::v1::SendMessageRequest&)> before_send = [](const auto&) {};
  /// Called after it is stored, before it is answered.
  std::function<void()> after_send = [] {};

  grpc::Status GetConversation(grpc::ServerContext* context, const conversations::v1::GetConversationRequest* request,
                               Conversation* response) override {
    return with(context, *request, request->id(), [&](Thread& thread) { *response = thread.conversation; });
  }

  grpc::Status ListMessages(grpc::ServerContext* context, const conversations::v1::ListMessagesRequest* request,
                            conversations::v1::ListMessagesResponse* response) override {
    return with(context, *request, request->conversation_id(), [&](Thread& thread) {
      for (auto message = thread.messages.rbegin();
           message != thread.messages.rend() && response->messages_size() < request->page_size(); ++message)
        *response->add_messages() = *message;
    });
  }

  grpc::Status SendMessage(grpc::ServerContext* context, const conversations::v1::SendMessageRequest* request,
                           Message* response) override {
    return rpc::serve(context, *request, [&](const rpc::Call&) {
      before_send(*request);
      {
        const std::lock_guard lock(mutex_);
        auto& thread = threads_.at(request->conversation_id());
        if (thread.conversation.handler() == Conversation::PERSON)
          throw Error(Code::kFailedPrecondition, "HANDLED_BY_PERSON", "A person answers this conversation.");
        auto known = thread.requests.find(request->request_id());
        if (known == thread.requests.end())
          known = thread.requests.emplace(request->request_id(), add(thread, Message::AGENT, request->body())).first;
        *response = known->second;
      }
      after_send();
    });
  }

  grpc::Status HandOver(grpc::ServerContext* context, const conversations::v1::HandOverRequest* request,
                        Conversation* response) override {
    return with(context, *request, request->id(), [&](Thread& thread) {
      thread.conversation.set_handler(Conversation::PERSON);
      thread.conversation.set_requires_attention(true);
      *response = thread.conversation;
    });
  }

  grpc::Status SetAttention(grpc::ServerContext* context, const conversations::v1::SetAttentionRequest* request,
                            Conversation* response) override {
    return with(context, *request, request->id(), [&](Thread& thread) {
      thread.conversation.set_requires_attention(request->requires_attention());
      *response = thread.conversation;
    });
  }

 private:
  static Message add(Thread& thread, Message::Author author, const std::string& body) {
    Message message;
    message.set_id(new_id());
    message.set_conversation_id(thread.conversation.id());
    message.set_customer_id(thread.conversation.customer_id());
    message.set_seq(static_cast<int64_t>(thread.messages.size()) + 1);
    message.set_author(author);
    message.set_direction(author == Message::CUSTOMER ? Message::INBOUND : Message::OUTBOUND);
    message.mutable_content()->set_body(body);
    *message.mutable_created_at() = rpc::to_proto(SystemClock().now());
    thread.conversation.set_last_seq(message.seq());
    return thread.messages.emplace_back(std::move(message));
  }

  template <class Request>
  grpc::Status with(grpc::ServerContext* context, const Request& request, const std::string& id,
                    const std::function<void(Thread&)>& body) {
    return rpc::serve(context, request, [&](const rpc::Call&) {
      const std::lock_guard lock(mutex_);
      const auto found = threads_.find(id);
      if (found == threads_.end()) throw not_found("conversation");
      body(found->second);
    });
  }

  mutable std::mutex mutex_;
  std::map<std::string, Thread> threads_;
};

}  // namespace centralita::agents::testing
