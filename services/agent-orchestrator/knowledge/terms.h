#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace centralita::agents {

/// A word by which knowledge is searched.
struct Term {
  std::string word;  ///< Folded.
  std::string
      related;  ///< Words about the same matter, as a PostgreSQL tsquery of prefixes; empty where none is known.
};

/// What a question is about: its distinct words without those that say nothing, at most 24. Words about the everyday
/// matters of a business bring their relatives along in both languages, because "¿a qué hora abren?" and "Horario"
/// share no stem.
std::vector<Term> terms_of(std::string_view text);

}  // namespace centralita::agents
