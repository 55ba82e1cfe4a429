#include "libs/channels/answer.h"

#include "libs/base/error.h"

namespace centralita::channels {

std::optional<SendResult> undecided(const http::ClientResponse& response, std::string_view provider) {
  const std::string who(provider);
  switch (response.outcome) {
    case http::Outcome::kNotSent:
      return Postponed{"No se pudo conectar con " + who + ": " + response.error, std::nullopt};
    case http::Outcome::kUnknown:
      return Uncertain{"Se perdió la respuesta de " + who + ": " + response.error};
    case http::Outcome::kRefused:
      return Rejected{"ADDRESS_FORBIDDEN", "La dirección configurada para " + who + " no es pública."};
    case http::Outcome::kAnswered:
      break;
  }
  const auto status = std::to_string(response.status);
  if (response.status == 429)
    return Postponed{who + " pide esperar (429).",
                     http::retry_after(response.headers, std::chrono::system_clock::now())};
  if (response.status == 408 || response.status >= 500)
    return Uncertain{who + " respondió con un error propio (" + status + ")."};
  return std::nullopt;
}

void require_answer(const http::ClientResponse& response, std::string_view provider) {
  if (response.ok()) return;
  const auto why =
      response.outcome == http::Outcome::kAnswered ? "HTTP " + std::to_string(response.status) : response.error;
  throw Error(Code::kUnavailable, "PROVIDER_UNAVAILABLE", std::string(provider) + " cannot be asked: " + why);
}

}  // namespace centralita::channels
