#include "services/agent-orchestrator/turns/completion.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "services/agent-orchestrator/turns/sse.h"

namespace centralita::agents {
namespace {

using nlohmann::json;
using Kind = ModelFailure::Kind;

const json& member(const json& object, const char* name) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

int count_of(const json& value) {
  return value.is_number_unsigned() ? static_cast<int>(std::min<uint64_t>(value.get<uint64_t>(), 1'000'000'000)) : 0;
}

/// A text, or the text parts of an array of parts.
std::string content_of(const json& content) {
  if (!content.is_array()) return text_of(content);
  std::string text;
  for (const auto& part : content)
    if (text_of(member(part, "type")) == "text") text += text_of(member(part, "text"));
  return text;
}

std::optional<std::chrono::milliseconds> wait_of(const http::Headers& headers, Time now) {
  if (const auto found = headers.find("retry-after-ms"); found != headers.end()) {
    int64_t wait = 0;
    const auto& text = found->second;
    if (std::from_chars(text.data(), text.data() + text.size(), wait).ec == std::errc{} && wait > 0)
      return std::chrono::milliseconds{wait};
  }
  return http::retry_after(headers, now);
}

bool speaks_of_length(const std::string& message) {
  return message.find("maximum context length") != std::string::npos ||
         message.find("context size") != std::string::npos || message.find("context window") != std::string::npos ||
         message.find("Request too large") != std::string::npos;
}

std::string reason_of(int status) {
  switch (status) {
    case 200:
      return "El servidor del modelo respondió con un error.";
    case 401:
    case 403:
      return "El servidor del modelo no acepta la clave.";
    case 404:
      return "El servidor no conoce el modelo o la dirección.";
    case 408:
      return "El modelo tardó demasiado.";
    case 429:
      return "El servidor del modelo recibe demasiadas peticiones.";
    default:
      return "El servidor del modelo respondió con el error " + std::to_string(status) + ".";
  }
}

/// By what the error object says; vLLM has it without the wrapper, and proxies answer something else altogether.
ModelFailure failure_of(int status, const json& body) {
  const auto& wrapped = member(body, "error");
  const auto& error = wrapped.is_object() ? wrapped : body;
  const auto code = text_of(member(error, "code"));
  const auto type = text_of(member(error, "type"));
  const auto message = text_of(wrapped.is_string() ? wrapped : member(error, "message"));
  if (code == "context_length_exceeded" || type == "exceed_context_size_error" || status == 413 ||
      speaks_of_length(message))
    return {Kind::kTooLong, "La conversación es demasiado larga para el modelo.", {}, {}};
  if (code == "insufficient_quota" || type == "insufficient_quota" || code == "credit_balance_exhausted")
    return {Kind::kPermanent, "Se agotó el saldo de la cuenta del modelo.", {}, {}};
  if (code == "unsupported_parameter" || code == "unsupported_value")
    return {Kind::kUnsupported, "El modelo no acepta uno de los ajustes.", text_of(member(error, "param")), {}};
  const bool transient = status == 408 || status == 409 || status == 429 || status >= 500 || status == 200;
  return {transient ? Kind::kTransient : Kind::kPermanent, reason_of(status), {}, {}};
}

ModelResult finish(Completion completion, const std::string& refusal, const std::string& finish_reason) {
  if (!refusal.empty()) return ModelFailure{Kind::kPermanent, "El modelo se negó a responder.", {}, {}};
  if (finish_reason == "content_filter")
    return ModelFailure{Kind::kPermanent, "El filtro de contenido del modelo retuvo la respuesta.", {}, {}};
  if (completion.text.empty()) return ModelFailure{Kind::kPermanent, "El modelo no respondió nada.", {}, {}};
  if (finish_reason == "length") completion.ending = Ending::kCutShort;
  return completion;
}

void read_usage(const json& body, Completion& completion) {
  const auto& usage = member(body, "usage");
  if (!usage.is_object()) return;
  completion.prompt_tokens = count_of(member(usage, "prompt_tokens"));
  completion.completion_tokens = count_of(member(usage, "completion_tokens"));
}

ModelFailure unreadable() { return {Kind::kTransient, "La respuesta del servidor del modelo no se entiende.", {}, {}}; }

ModelResult read_json(const std::string& body) {
  const auto answer = json::parse(body, nullptr, /*allow_exceptions=*/false);
  const auto& choices = member(answer, "choices");
  if (!choices.is_array() || choices.empty())
    return member(answer, "error").is_null() ? unreadable() : failure_of(200, answer);
  const auto& message = member(choices[0], "message");
  Completion completion{.text = content_of(member(message, "content"))};
  read_usage(answer, completion);
  return finish(std::move(completion), text_of(member(message, "refusal")),
                text_of(member(choices[0], "finish_reason")));
}

ModelResult read_stream(const std::string& body) {
  Completion completion;
  std::string refusal;
  std::string finish_reason;
  bool done = false;
  for (const auto& event : parse_sse(body)) {
    if (event.data == "[DONE]") {
      done = true;
      break;
    }
    const auto chunk = json::parse(event.data, nullptr, /*allow_exceptions=*/false);
    if (chunk.is_discarded()) return unreadable();
    if (!member(chunk, "error").is_null()) return failure_of(200, chunk);
    read_usage(chunk, completion);
    const auto& choices = member(chunk, "choices");
    if (!choices.is_array()) continue;
    for (const auto& choice : choices) {
      if (count_of(member(choice, "index")) != 0) continue;
      completion.text += content_of(member(member(choice, "delta"), "content"));
      refusal += text_of(member(member(choice, "delta"), "refusal"));
      if (const auto reason = text_of(member(choice, "finish_reason")); !reason.empty()) finish_reason = reason;
    }
  }
  if (!done && finish_reason.empty())
    return ModelFailure{Kind::kTransient, "La respuesta del modelo se interrumpió.", {}, {}};
  return finish(std::move(completion), refusal, finish_reason);
}

bool is_stream(const http::ClientResponse& response) {
  const auto type = response.headers.find("content-type");
  return (type != response.headers.end() && type->second.starts_with("text/event-stream")) ||
         response.body.starts_with("data:") || response.body.starts_with("event:") || response.body.starts_with(":");
}

ModelFailure read_error(const http::ClientResponse& response, Time now) {
  auto failure = failure_of(response.status, json::parse(response.body, nullptr, /*allow_exceptions=*/false));
  failure.retry_after = wait_of(response.headers, now);
  const bool same_again = failure.kind == Kind::kTransient || failure.kind == Kind::kPermanent;
  if (const auto hint = response.headers.find("x-should-retry"); same_again && hint != response.headers.end())
    failure.kind = hint->second == "true"    ? Kind::kTransient
                   : hint->second == "false" ? Kind::kPermanent
                                             : failure.kind;
  return failure;
}

}  // namespace

ModelResult read_completion(const http::ClientResponse& response, Time now) {
  switch (response.outcome) {
    case http::Outcome::kRefused:
      return ModelFailure{Kind::kPermanent, "La dirección del modelo no es pública, y por eso no se permite.", {}, {}};
    case http::Outcome::kNotSent:
      return ModelFailure{Kind::kTransient, "No hay conexión con el servidor del modelo.", {}, {}};
    case http::Outcome::kUnknown:
      return ModelFailure{Kind::kTransient, "El modelo tardó demasiado o cortó la conexión.", {}, {}};
    case http::Outcome::kAnswered:
      break;
  }
  if (!response.ok()) return read_error(response, now);
  return is_stream(response) ? read_stream(response.body) : read_json(response.body);
}

}  // namespace centralita::agents
