#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace centralita::agents {

enum class Language { kSpanish, kEnglish };

/// The words of a folded text (libs/text/fold.h); they live as long as it.
std::vector<std::string_view> split_words(std::string_view folded);

/// Whether a folded word says nothing about the subject in Spanish or English: articles, pronouns, auxiliaries.
bool is_stop_word(std::string_view word);

/// The language that a customer most likely writes, by its commonest words; Spanish when nothing tells.
Language guess_language(std::string_view text);

}  // namespace centralita::agents
