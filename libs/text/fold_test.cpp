#include "libs/text/fold.h"

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

using centralita::text::contains_phrase;
using centralita::text::fold;

TEST_CASE("words are compared as people read them") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", ""},
      {"Hola", "hola"},
      {"¿A qué  hora?", "a que hora"},
      {"¡BUENOS DÍAS!", "buenos dias"},
      {"Cotización, por favor…", "cotizacion por favor"},
      {"AÑO Ñandú pingüino", "ano nandu pinguino"},
      {"São João — às 10h", "sao joao as 10h"},
      {"Cotizacio\u0301n", "cotizacion"},
      {"Việt Nam", "viet nam"},
      {"Straße Łódź Øre", "strasse lodz ore"},
      {"İstanbul ISPARTA ı", "istanbul isparta i"},
      {"  uno\t\n dos\u00a0tres  ", "uno dos tres"},
      {"e-mail/correo_nuevo", "e mail correo nuevo"},
      {"ＦＡＣＴＵＲＡ ﬁn", "factura fin"},
      {"hola\u200bmundo", "holamundo"},
      {"Precio: $50 + IVA", "precio $50 + iva"},
      {"listo 👍🏽!", "listo 👍🏽"},
      {"Привет Мир", "привет мир"},
      {"καλημέρα", "καλημέρα"},
      {"नमस्ते", "नमस्ते"},
      {"한국어", "한국어"},
      {"...", ""},
  };
  for (const auto& [text, folded] : cases) {
    INFO(text);
    CHECK(fold(text) == folded);
    CHECK(fold(folded) == folded);
  }
}

TEST_CASE("text that is not UTF-8 is folded without harm") {
  CHECK(fold("caf\xe9 solo") == "caf\ufffd solo");
  CHECK(fold(std::string("a\0b", 3)) == "a b");
  CHECK(fold("\xf0\x9f\x98").find('\xf0') == std::string::npos);
}

TEST_CASE("a phrase is found as whole words only") {
  const auto has = [](std::string_view text, std::string_view phrase) {
    return contains_phrase(fold(text), fold(phrase));
  };
  CHECK(has("Quiero hablar con un HUMANO, por favor", "humano"));
  CHECK(has("Quiero hablar con un humano", "hablar con"));
  CHECK(has("humano", "Humano"));
  CHECK(has("sí, humano😀", "humano"));
  CHECK(has("cuesta $50", "50"));
  CHECK(has("inhumano, pero humano", "humano"));
  CHECK_FALSE(has("es inhumano", "humano"));
  CHECK_FALSE(has("humanos", "humano"));
  CHECK_FALSE(has("hablar ahora con alguien", "hablar con"));
  CHECK_FALSE(has("camión", "cami"));
  CHECK_FALSE(has("hola", ""));
  CHECK_FALSE(has("", "hola"));
}
