#pragma once

#include <string>
#include <string_view>

namespace centralita::text {

/// For comparing words as people read them: lower case, without the marks of Latin letters, compatibility forms as the
/// plain ones (NFKC_Casefold of UAX #15), other characters kept, runs of blanks and punctuation as one blank.
/// "¿A qué  hora?" becomes "a que hora".
std::string fold(std::string_view text);

/// Whether the folded words of `phrase` stand together, as whole words, in the folded `text`.
bool contains_phrase(std::string_view folded_text, std::string_view folded_phrase);

}  // namespace centralita::text
