#include "services/agent-orchestrator/knowledge/terms.h"

#include <algorithm>

#include "libs/text/fold.h"
#include "services/agent-orchestrator/words.h"

namespace centralita::agents {
namespace {

constexpr size_t kMostTerms = 24;

/// Beginnings of words about one matter. They have to be beginnings of the stems too, which is what the index holds.
using Matter = std::vector<std::string_view>;

const std::vector<Matter>& matters() {
  static const Matter hours = {"horari", "hora",  "abre", "abrim", "abrir", "abiert", "cierr",  "cerra",
                               "atien",  "atend", "hour", "time",  "open",  "clos",   "schedul"};
  static const Matter prices = {"cuanto", "preci", "cuest", "cost",    "tarif", "cobra",
                                "vale",   "valor", "price", "pricing", "fee",   "rate"};
  static const Matter place = {"donde", "where", "direccion", "ubica", "queda",      "encuentr", "llega",
                               "mapa",  "sede",  "address",   "locat", "directions", "map"};
  static const Matter payment = {"pago",   "pagar", "tarjet", "efectiv", "transferenc",
                                 "cuotas", "pay",   "card",   "cash",    "installment"};
  static const Matter delivery = {"envi", "domicil", "entrega", "despach", "deliver", "ship"};
  static const Matter appointment = {"cita", "turno", "agend", "reserv", "appointment", "book", "schedul"};
  static const Matter returns = {"devol",  "devuelv", "cambio",  "reembols", "garanti",
                                 "return", "refund",  "warrant", "exchang"};
  static const Matter contact = {"telefon", "correo", "contact", "whatsapp", "email", "phone", "mail"};
  static const std::vector<Matter> all = {hours, prices, place, payment, delivery, appointment, returns, contact};
  return all;
}

std::string relatives_of(std::string_view word) {
  std::string query;
  for (const auto& matter : matters()) {
    if (std::none_of(matter.begin(), matter.end(), [&](auto beginning) { return word.starts_with(beginning); }))
      continue;
    for (const auto beginning : matter) {
      if (!query.empty()) query += " | ";
      query.append(beginning).append(":*");
    }
  }
  return query;
}

}  // namespace

std::vector<Term> terms_of(std::string_view text) {
  const auto folded = text::fold(text);
  std::vector<Term> terms;
  for (const auto word : split_words(folded)) {
    if (std::any_of(terms.begin(), terms.end(), [&](const Term& term) { return term.word == word; })) continue;
    auto relatives = relatives_of(word);
    if (relatives.empty() && is_stop_word(word)) continue;
    terms.push_back({std::string(word), std::move(relatives)});
    if (terms.size() == kMostTerms) break;
  }
  return terms;
}

}  // namespace centralita::agents
