#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "centralita/conversations/v1/conversations.grpc.pb.h"
#include "libs/base/caller.h"

namespace centralita::agents {

/// A conversation with its newest messages, oldest first.
struct Talk {
  conversations::v1::Conversation conversation;
  std::vector<conversations::v1::Message> messages;
};

/// What became of a message that an agent wanted to send.
struct Sent {
  std::string message_id;  ///< Empty when conversations refused it.
  std::string refusal;     ///< The reason it gave, e.g. "HANDLED_BY_PERSON".
};

/// What agents see and do in conversations. Thread-safe. A failure that may pass is thrown.
class ConversationClient {
 public:
  explicit ConversationClient(std::shared_ptr<grpc::Channel> conversations);

  /// Nothing when there is no such conversation.
  std::optional<Talk> read(const Caller& caller, const std::string& conversation_id);
  /// Sent again with the same request id it is the same message.
  Sent say(const Caller& caller, const std::string& conversation_id, const std::string& agent_id,
           const std::string& text, const std::string& request_id);
  void hand_over(const Caller& caller, const std::string& conversation_id, const std::string& reason);
  void ask_attention(const Caller& caller, const std::string& conversation_id);

 private:
  std::unique_ptr<conversations::v1::Conversations::Stub> stub_;
};

}  // namespace centralita::agents
