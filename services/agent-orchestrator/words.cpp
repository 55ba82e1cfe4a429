#include "services/agent-orchestrator/words.h"

#include <set>

#include "libs/text/fold.h"

namespace centralita::agents {
namespace {

using Words = std::set<std::string_view>;

const Words& spanish() {
  static const Words words{
      "a",       "ademas",    "ahi",      "ahora",  "al",       "algo",      "algun",   "alguna",   "algunas",
      "alguno",  "algunos",   "alla",     "aqui",   "asi",      "aun",       "aunque",  "bien",     "bueno",
      "buen",    "buena",     "buenas",   "buenos", "cada",     "como",      "con",     "cosa",     "cual",
      "cuales",  "cualquier", "cuando",   "cuanta", "cuantas",  "cuanto",    "cuantos", "de",       "del",
      "desde",   "deseo",     "dia",      "dias",   "donde",    "e",         "el",      "ella",     "ellas",
      "ellos",   "en",        "entonces", "entre",  "era",      "eres",      "es",      "esa",      "esas",
      "ese",     "eso",       "esos",     "esta",   "estan",    "estar",     "estas",   "este",     "esto",
      "estos",   "estoy",     "favor",    "fue",    "gracias",  "ha",        "hace",    "hacia",    "han",
      "has",     "hasta",     "hay",      "he",     "hola",     "igual",     "la",      "las",      "le",
      "les",     "lo",        "los",      "mas",    "me",       "mi",        "mis",     "mucho",    "muy",
      "nada",    "ni",        "no",       "noches", "nos",      "nosotros",  "o",       "otra",     "otro",
      "para",    "pero",      "poco",     "podria", "pregunta", "preguntas", "duda",    "consulta", "por",
      "porque",  "pues",      "puede",    "pueden", "puedes",   "puedo",     "que",     "queria",   "quiero",
      "quien",   "quienes",   "quisiera", "saber",  "se",       "sea",       "ser",     "si",       "sido",
      "sin",     "sobre",     "solo",     "son",    "soy",      "su",        "sus",     "tal",      "tambien",
      "tan",     "tanto",     "tardes",   "te",     "tengo",    "tiene",     "tienen",  "tienes",   "todo",
      "todos",   "tu",        "tus",      "un",     "una",      "unas",      "uno",     "unos",     "usted",
      "ustedes", "va",        "vez",      "y",      "ya",       "yo"};
  return words;
}

const Words& english() {
  static const Words words{
      "a",     "about",  "all",    "also",     "am",    "an",    "and",    "any",   "are",   "as",   "at",   "be",
      "been",  "but",    "by",     "can",      "could", "d",     "did",    "do",    "does",  "for",  "from", "get",
      "good",  "had",    "has",    "have",     "hello", "her",   "here",   "hey",   "hi",    "him",  "his",  "how",
      "i",     "if",     "in",     "into",     "is",    "it",    "its",    "just",  "know",  "like", "ll",   "m",
      "many",  "may",    "me",     "more",     "much",  "my",    "need",   "no",    "not",   "of",   "on",   "or",
      "our",   "out",    "please", "question", "re",    "s",     "should", "so",    "some",  "t",    "tell", "than",
      "thank", "thanks", "that",   "the",      "their", "them",  "then",   "there", "these", "they", "this", "those",
      "to",    "too",    "us",     "ve",       "very",  "want",  "was",    "we",    "were",  "what", "when", "where",
      "which", "who",    "why",    "will",     "with",  "would", "yes",    "you",   "your"};
  return words;
}

}  // namespace

std::vector<std::string_view> split_words(std::string_view folded) {
  std::vector<std::string_view> words;
  while (!folded.empty()) {
    const auto word = folded.substr(0, folded.find(' '));
    folded.remove_prefix(std::min(folded.size(), word.size() + 1));
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

bool is_stop_word(std::string_view word) { return spanish().contains(word) || english().contains(word); }

Language guess_language(std::string_view text) {
  const auto folded = text::fold(text);
  int balance = 0;
  for (const auto word : split_words(folded)) balance += spanish().contains(word) - english().contains(word);
  return balance < 0 ? Language::kEnglish : Language::kSpanish;
}

}  // namespace centralita::agents
