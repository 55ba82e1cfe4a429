#pragma once

#include <string>

#include "centralita/conversations/v1/conversations.pb.h"
#include "libs/base/caller.h"

/// Pure rules about what may be sent, and by whom.
namespace centralita::conversations {

/// Who writes: a person, or one of our agents.
struct Writer {
  v1::Message::Author author;
  std::string id;  ///< The user's or agent's; empty for an API key.
};

/// INVALID_ARGUMENT when the caller writes as somebody they are not.
Writer writer_of(const Caller& caller, const v1::SendMessageRequest& request);

/// What is to be sent. INVALID_ARGUMENT naming the field.
messaging::v1::Content content_of(const v1::SendMessageRequest& request);

}  // namespace centralita::conversations
