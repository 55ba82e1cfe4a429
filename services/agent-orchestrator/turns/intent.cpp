#include "services/agent-orchestrator/turns/intent.h"

#include <set>
#include <span>
#include <string>

#include "libs/text/fold.h"
#include "services/agent-orchestrator/words.h"

namespace centralita::agents {
namespace {

using Words = std::set<std::string_view>;
using Sentence = std::span<const std::string_view>;

/// "hablar con …": what follows may be anybody who works there.
const Words kContact = {"hablar",     "hable",       "hablo",        "comunicar",  "comunicarme",  "comunica",
                        "comunicas",  "comunicame",  "comuniqueme",  "pasame",     "paseme",       "pasas",
                        "contactar",  "contactarme", "contactame",   "conectar",   "conectame",    "conecta",
                        "conectarme", "transferir",  "transferirme", "transfiere", "transfiereme", "atienda",
                        "llame",      "escriba",     "conversar",    "chatear",    "talk",         "speak",
                        "chat",       "connect",     "transfer",     "contact",    "reach",        "escalate"};
/// "quiero …": what follows must be somebody whom one only ever asks for in order to talk.
const Words kWish = {"quiero",   "quisiera", "necesito", "prefiero", "deseo", "dame", "deme",
                     "solicito", "want",     "need",     "prefer",   "get",   "give"};
const Words kBetween = {"con",   "a",      "al",    "un",           "una",   "el",     "la",        "los",
                        "algun", "alguna", "otro",  "otra",         "su",    "sus",    "de",        "me",
                        "mi",    "por",    "favor", "to",           "with",  "an",     "the",       "your",
                        "some",  "real",   "live",  "directamente", "human", "please", "verdadera", "verdadero"};
const Words kStaff = {"humano",    "humana",    "asesor", "asesora",        "operador", "operadora", "representante",
                      "ejecutivo", "ejecutiva", "human",  "representative", "operator", "advisor"};
const Words kAnybody = {"persona",     "alguien", "agente", "encargado", "encargada", "gerente", "supervisor",
                        "supervisora", "dueno",   "duena",  "jefe",      "person",    "someone", "somebody",
                        "agent",       "manager", "owner",  "servicio",  "atencion",  "soporte", "support"};
/// What may stand between a "no" and the verb that it denies: "no quiero tener que hablar con …".
const Words kChain = {"quiero", "quisiera", "necesito", "deseo", "tengo", "tener",
                      "que",    "want",     "need",     "to",    "wish",  "have"};
const Words kDenial = {"no", "nunca", "jamas", "sin", "tampoco", "not", "dont", "t", "never", "without"};
const Words kPolite = {"por",    "favor",   "please", "hola", "buenas", "buenos", "dias", "tardes",
                       "noches", "gracias", "hello",  "hi",   "un",     "una",    "con",  "a",
                       "an",     "the",     "el",     "la",   "real",   "live"};

bool is_denied(Sentence words, size_t verb) {
  while (verb > 0 && kChain.contains(words[verb - 1])) --verb;
  return verb > 0 && kDenial.contains(words[verb - 1]);
}

/// Whether somebody follows the verb, with nothing but small words between.
bool somebody_follows(Sentence words, size_t verb) {
  const bool contact = kContact.contains(words[verb]);
  for (size_t i = verb + 1; i < words.size(); ++i) {
    if (kStaff.contains(words[i]) || (contact && kAnybody.contains(words[i]))) return true;
    if (words[i] == "agente" || words[i] == "persona")
      return i + 1 < words.size() && (words[i + 1] == "humano" || words[i + 1] == "real" || words[i + 1] == "humana");
    if (!kBetween.contains(words[i])) return false;
  }
  return false;
}

/// "Asesor, por favor."; "agente humano".
bool is_bare_request(Sentence words) {
  static const Words bare = {"agente", "agent", "persona", "person", "representative", "alguien"};
  int staff = 0;
  for (const auto word : words) {
    if (kPolite.contains(word)) continue;
    if (!kStaff.contains(word) && !bare.contains(word)) return false;
    ++staff;
  }
  return staff == 1 || staff == 2;
}

/// "holaaa" is "hola".
std::string without_stretching(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool stretched = i > 0 && text[i] == text[i - 1] && static_cast<unsigned char>(text[i]) < 0x80;
    const bool doubled =
        stretched && (i < 2 || text[i] != text[i - 2]) && (i + 1 == text.size() || text[i + 1] != text[i]);
    if (!stretched || doubled) out += text[i];
  }
  return out;
}

/// Four-byte characters, which is where the emoji are.
bool is_emoji(std::string_view word) { return static_cast<unsigned char>(word[0]) >= 0xF0; }

}  // namespace

bool asks_for_person(std::string_view text) {
  const auto folded = text::fold(text);
  const auto words = split_words(folded);
  if (is_bare_request(words)) return true;
  for (size_t i = 0; i < words.size(); ++i)
    if ((kContact.contains(words[i]) || kWish.contains(words[i])) && somebody_follows(words, i) && !is_denied(words, i))
      return true;
  return text::contains_phrase(folded, "alguien que me atienda") ||
         text::contains_phrase(folded, "alguien me puede atender") ||
         text::contains_phrase(folded, "hay alguien ahi") || text::contains_phrase(folded, "is anyone there");
}

bool is_greeting(std::string_view text) {
  static const Words greetings = {"hola", "holas", "holi", "ola", "buenas", "buenos", "buen",    "saludos",
                                  "tal",  "hello", "hi",   "hey", "helo",   "good",   "morning", "greetings"};
  static const Words fillers = {"dia",   "dias",      "tarde",   "tardes",  "noche", "noches", "que",  "como", "esta",
                                "estas", "estan",     "muy",     "a",       "todos", "there",  "day",  "how",  "are",
                                "you",   "afternoon", "evening", "ustedes", "amigo", "amigos", "todo", "bien"};
  const auto folded = without_stretching(text::fold(text));
  bool greets = false;
  for (const auto word : split_words(folded)) {
    if (is_emoji(word)) continue;
    if (!greetings.contains(word) && !fillers.contains(word)) return false;
    greets = greets || greetings.contains(word);
  }
  return greets;
}

}  // namespace centralita::agents
