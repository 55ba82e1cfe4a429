#pragma once

#include <cstddef>
#include <string_view>

namespace centralita::agents {

/// How many characters (code points) a UTF-8 text has.
size_t count_characters(std::string_view text);

/// INVALID_ARGUMENT naming the field unless the text is well-formed and has between `least` and `most` characters.
void require_text(std::string_view text, std::string_view field, size_t least, size_t most);

}  // namespace centralita::agents
