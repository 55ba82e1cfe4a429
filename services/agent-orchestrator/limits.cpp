#include "services/agent-orchestrator/limits.h"

#include <algorithm>
#include <string>

#include "libs/base/encoding.h"
#include "libs/base/error.h"

namespace centralita::agents {

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void require_text(std::string_view text, std::string_view field, size_t least, size_t most) {
  require(is_text(text), field, "must be UTF-8 without NUL");
  const auto length = count_characters(text);
  require(length >= least, field, "must not be empty");
  require(length <= most, field, "must have at most " + std::to_string(most) + " characters");
}

}  // namespace centralita::agents
