#pragma once

#include <span>
#include <string>
#include <vector>

#include "centralita/agents/v1/agents.pb.h"
#include "centralita/conversations/v1/conversations.pb.h"
#include "libs/text/zone.h"

namespace centralita::agents {

enum class Speaker { kCustomer, kAgent };

struct Line {
  Speaker speaker;
  std::string text;
};

/// What a model is given.
struct Prompt {
  std::string system;
  std::vector<Line> lines;  ///< Oldest first; speakers alternate, the customer begins and ends.

  /// Leaves out the older half of the lines; false when nothing can be left out.
  bool shorten();
};

/// A message's content in words: its text, and what else came with it in brackets.
std::string describe(const messaging::v1::Content& content);

/// Who the agent is and what it knows, what day and time it is, and how to answer; then what was said, oldest first.
Prompt make_prompt(const v1::Agent& agent, std::span<const v1::KnowledgeEntry> knowledge, const text::LocalTime& now,
                   std::span<const conversations::v1::Message> messages);

}  // namespace centralita::agents
