#include "services/conversations/messages/preview.h"

#include <string_view>

namespace centralita::conversations {
namespace {

constexpr size_t kMostCharacters = 120;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string one_line(std::string_view text) {
  std::string line;
  size_t characters = 0;
  bool blank = false;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      blank = !line.empty();
      continue;
    }
    if (!continues_character(c)) characters += blank ? 2 : 1;
    if (characters > kMostCharacters) break;
    if (blank) line += ' ';
    blank = false;
    line += c;
  }
  return line;
}

}  // namespace

std::string preview(const messaging::v1::Content& content) {
  auto line = one_line(content.body());
  if (line.empty() && content.attachments_size() > 0) {
    const auto& attachment = content.attachments(0);
    line = one_line(attachment.name().empty() ? attachment.media_type() : attachment.name());
  }
  if (line.empty() && content.has_location())
    line = one_line(content.location().name().empty() ? content.location().address() : content.location().name());
  return line;
}

}  // namespace centralita::conversations
