#include "services/agent-orchestrator/words.h"

#include <catch2/catch.hpp>

using namespace centralita::agents;

TEST_CASE("a customer's language is guessed from the commonest words") {
  CHECK(guess_language("¿A qué hora abren los domingos?") == Language::kSpanish);
  CHECK(guess_language("What time do you open on Sundays?") == Language::kEnglish);
  CHECK(guess_language("hi") == Language::kEnglish);
  CHECK(guess_language("¡Hola!") == Language::kSpanish);
  CHECK(guess_language("Xyzzy 123") == Language::kSpanish);
  CHECK(guess_language("") == Language::kSpanish);
}
