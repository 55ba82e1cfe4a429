#include "services/conversations/threads/outgoing.h"

#include <algorithm>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/base/id.h"

namespace centralita::conversations {
namespace {

constexpr int kMostCharacters = 4096;
constexpr int kMostAttachments = 10;

auto characters(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

void check(const messaging::v1::Attachment& attachment, const std::string& field) {
  const auto& url = attachment.url();
  const auto visible = [](char c) { return c > ' ' && c != 0x7F; };
  require(url.starts_with("https://") && url.size() > 8 && url.size() <= 2048 &&
              std::all_of(url.begin(), url.end(), visible),
          field + ".url", "must be an https URL of at most 2048 bytes");
  require(attachment.media_type().size() <= 200 && is_text(attachment.media_type()), field + ".mediaType",
          "must be a text of at most 200 bytes");
  require(attachment.name().size() <= 200 && is_text(attachment.name()), field + ".name",
          "must be a text of at most 200 bytes");
  require(attachment.size() >= 0, field + ".size", "must not be negative");
}

}  // namespace

Writer writer_of(const Caller& caller, const v1::SendMessageRequest& request) {
  if (caller.is_service()) {
    require(is_id(request.agent_id()), "agentId", "must be the id of the agent that wrote it");
    return {v1::Message::AGENT, request.agent_id()};
  }
  require(request.agent_id().empty(), "agentId", "is for our own agents only");
  constexpr std::string_view kUser = "user:";
  return {v1::Message::USER, caller.subject.starts_with(kUser) ? caller.subject.substr(kUser.size()) : ""};
}

messaging::v1::Content content_of(const v1::SendMessageRequest& request) {
  require(is_text(request.body()), "body", "must be text");
  require(characters(request.body()) <= kMostCharacters, "body", "must have at most 4096 characters");
  require(!is_blank(request.body()) || request.attachments_size() > 0, "body", "there is nothing to send");
  require(request.attachments_size() <= kMostAttachments, "attachments", "must be at most 10");
  for (int i = 0; i < request.attachments_size(); ++i)
    check(request.attachments(i), "attachments[" + std::to_string(i) + "]");
  messaging::v1::Content content;
  content.set_body(request.body());
  *content.mutable_attachments() = request.attachments();
  return content;
}

}  // namespace centralita::conversations
