#pragma once

#include <span>

#include "centralita/conversations/v1/conversations.pb.h"

namespace centralita::agents {

/// How many of our agents' messages stand at the end of a conversation, after the customer's last one. Messages oldest
/// first.
int turns_in_a_row(std::span<const conversations::v1::Message> messages);

/// Whether another machine seems to be answering ours: the customer's last eight messages say the same, each within 30
/// seconds of an answer of ours.
bool is_machine(std::span<const conversations::v1::Message> messages);

}  // namespace centralita::agents
