#include "services/agent-orchestrator/turns/conversation.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/rpc/client.h"

namespace centralita::agents {
namespace {

using namespace conversations::v1;

/// Enough for a burst, for what was said before it, and to recognise another machine.
constexpr int kMessages = 40;

}  // namespace

ConversationClient::ConversationClient(std::shared_ptr<grpc::Channel> conversations)
    : stub_(Conversations::NewStub(conversations)) {}

std::optional<Talk> ConversationClient::read(const Caller& caller, const std::string& conversation_id) {
  GetConversationRequest get;
  get.set_id(conversation_id);
  ListMessagesRequest list;
  list.set_conversation_id(conversation_id);
  list.set_page_size(kMessages);
  try {
    Talk talk;
    talk.conversation = rpc::call<Conversation>(
        caller, [&](auto* context, auto* reply) { return stub_->GetConversation(context, get, reply); });
    auto page = rpc::call<ListMessagesResponse>(
        caller, [&](auto* context, auto* reply) { return stub_->ListMessages(context, list, reply); });
    talk.messages.assign(std::make_move_iterator(page.mutable_messages()->rbegin()),
                         std::make_move_iterator(page.mutable_messages()->rend()));
    return talk;
  } catch (const Error& error) {
    if (error.code() == Code::kNotFound) return std::nullopt;
    throw;
  }
}

Sent ConversationClient::say(const Caller& caller, const std::string& conversation_id, const std::string& agent_id,
                             const std::string& text, const std::string& request_id) {
  SendMessageRequest request;
  request.set_conversation_id(conversation_id);
  request.set_body(text);
  request.set_request_id(request_id);
  request.set_agent_id(agent_id);
  try {
    const auto message = rpc::call<Message>(
        caller, [&](auto* context, auto* reply) { return stub_->SendMessage(context, request, reply); });
    return {message.id(), {}};
  } catch (const Error& error) {
    if (error.code() != Code::kFailedPrecondition && error.code() != Code::kNotFound &&
        error.code() != Code::kInvalidArgument)
      throw;
    return {{}, error.reason()};
  }
}

void ConversationClient::hand_over(const Caller& caller, const std::string& conversation_id,
                                   const std::string& reason) {
  HandOverRequest request;
  request.set_id(conversation_id);
  request.set_reason(reason);
  rpc::call<Conversation>(caller, [&](auto* context, auto* reply) { return stub_->HandOver(context, request, reply); });
}

void ConversationClient::ask_attention(const Caller& caller, const std::string& conversation_id) {
  SetAttentionRequest request;
  request.set_id(conversation_id);
  request.set_requires_attention(true);
  rpc::call<Conversation>(caller,
                          [&](auto* context, auto* reply) { return stub_->SetAttention(context, request, reply); });
}

}  // namespace centralita::agents
