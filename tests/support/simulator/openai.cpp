#include "tests/support/simulator/openai.h"

#include "libs/base/clock.h"
#include "libs/base/encoding.h"
#include "libs/security/security.h"

namespace centralita::simulator {
namespace {

using nlohmann::json;

constexpr size_t kRamble = 20'000;  // characters
constexpr auto kFingerprint = "fp_5050236cbd";

int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(SystemClock().now().time_since_epoch()).count();
}

http::Response failure(int status, const std::string& message, const std::string& type, const json& param,
                       const json& code) {
  return json_response(status, {{"error", {{"message", message}, {"type", type}, {"param", param}, {"code", code}}}});
}

/// A message's content: a string, or parts of which some are text.
std::string text_of(const json& message) {
  const auto content = message.value("content", json());
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const auto& part : content)
    if (part.is_object() && part.contains("text") && part["text"].is_string()) text += part["text"].get<std::string>();
  return text;
}

std::string last_of_user(const json& messages) {
  for (auto message = messages.rbegin(); message != messages.rend(); ++message)
    if (message->value("role", json()) == "user") return text_of(*message);
  return "";
}

std::string ramble() {
  std::string text;
  while (text.size() < kRamble) text += "Y otra cosa que tal vez te interese saber de todo esto. ";
  text.resize(kRamble);
  return text;
}

/// What a language model would count, roughly.
size_t tokens(std::string_view text) { return (text.size() + 3) / 4; }

json usage(const json& messages, std::string_view said) {
  size_t prompt = 3;
  for (const auto& message : messages) prompt += tokens(text_of(message)) + 4;
  return {{"prompt_tokens", prompt},
          {"completion_tokens", tokens(said)},
          {"total_tokens", prompt + tokens(said)},
          {"completion_tokens_details", {{"reasoning_tokens", 0}}}};
}

/// Pieces as a model streams them: words with the blank before them.
std::vector<std::string> pieces(const std::string& text) {
  std::vector<std::string> all;
  for (size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(' ', begin + 1), text.size());
    all.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return all;
}

std::string event(const json& data) {
  return "data: " + data.dump(-1, ' ', false, json::error_handler_t::replace) + "\n\n";
}

std::vector<std::string> stream(json chunk, const std::string& said, const char* said_in, const json& used) {
  chunk["object"] = "chat.completion.chunk";
  std::vector<std::string> events;
  const auto say = [&](const json& delta, const json& finish) {
    chunk["choices"] =
        json::array({{{"index", 0}, {"delta", delta}, {"logprobs", nullptr}, {"finish_reason", finish}}});
    if (!used.is_null()) chunk["usage"] = nullptr;
    events.push_back(event(chunk));
  };
  say({{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}}, nullptr);
  for (const auto& piece : pieces(said)) say({{said_in, piece}}, nullptr);
  say(json::object(), "stop");
  if (!used.is_null()) {
    chunk["choices"] = json::array();
    chunk["usage"] = used;
    events.push_back(event(chunk));
  }
  events.push_back("data: [DONE]\n\n");
  return events;
}

http::Response models() {
  auto data = json::array();
  for (const auto* id : {"demo", "eco"})
    data.push_back({{"id", id}, {"object", "model"}, {"created", 1'735'142'223}, {"owned_by", "simulator"}});
  return json_response(200, {{"object", "list"}, {"data", std::move(data)}});
}

}  // namespace

bool OpenAi::owns(std::string_view path) const { return path.starts_with("/v1/"); }

bool OpenAi::creates(const http::Request& request) const {
  return request.method == "POST" && request.path == "/v1/chat/completions";
}

http::Response OpenAi::error(int status, const json& code) const {
  struct Usual {
    const char* message;
    const char* type;
    json code;
  };
  static const std::map<int, Usual> kUsual{
      {400, {"Invalid request.", "invalid_request_error", nullptr}},
      {401, {"Incorrect API key provided.", "invalid_request_error", "invalid_api_key"}},
      {404, {"The model does not exist or you do not have access to it.", "invalid_request_error", "model_not_found"}},
      {429, {"Rate limit reached. Please try again later.", "requests", "rate_limit_exceeded"}}};
  const auto found = kUsual.find(status);
  const auto usual = found == kUsual.end()
                         ? Usual{"The server had an error while processing your request.", "server_error", nullptr}
                         : found->second;
  // These two are also the error's type.
  const bool also_type = code == "insufficient_quota" || code == "server_error";
  return failure(status, usual.message, also_type ? code.get<std::string>() : usual.type, nullptr,
                 code.is_null() ? usual.code : code);
}

Reply OpenAi::answer(const http::Request& request, const Behaviour& behaviour) {
  if (request.method == "GET" && request.path == "/v1/models") return {models()};
  if (!creates(request))
    return {failure(404, "Unknown request URL: " + request.method + ' ' + request.path, "invalid_request_error",
                    nullptr, "unknown_url")};
  const auto body = json::parse(request.body, nullptr, false);
  if (!body.is_object())
    return {
        failure(400, "We could not parse the JSON body of your request.", "invalid_request_error", nullptr, nullptr)};
  for (const auto* name : {"model", "messages"})
    if (!body.contains(name))
      return {failure(400, std::string("Missing required parameter: '") + name + "'.", "invalid_request_error", name,
                      "missing_required_parameter")};
  const auto& messages = body["messages"];
  if (!messages.is_array() || messages.empty() ||
      !std::all_of(messages.begin(), messages.end(), [](const json& message) { return message.is_object(); }))
    return {failure(400, "Invalid type for 'messages'.", "invalid_request_error", "messages", "invalid_type")};

  auto said = behaviour.reply.value_or("Eco: " + last_of_user(messages));
  const bool refuses = behaviour.mode == Mode::kRefusal;
  if (behaviour.mode == Mode::kRamble) said = ramble();
  if (behaviour.mode == Mode::kEmpty) said.clear();
  if (refuses) said = "I'm very sorry, but I can't assist with that.";

  json whole{{"id", "chatcmpl-" + to_hex(security::random_bytes(14))},
             {"created", unix_now()},
             {"model", body["model"]},
             {"system_fingerprint", kFingerprint}};
  const auto used = usage(messages, said);
  if (body.value("stream", json()) == true) {
    const auto options = body.value("stream_options", json::object());
    const bool with_usage = options.is_object() && options.value("include_usage", json()) == true;
    return {{200, {{"Content-Type", "text/event-stream; charset=utf-8"}}, ""},
            stream(std::move(whole), said, refuses ? "refusal" : "content", with_usage ? used : json()),
            true};
  }
  whole["object"] = "chat.completion";
  whole["choices"] = json::array({{{"index", 0},
                                   {"message",
                                    {{"role", "assistant"},
                                     {"content", refuses ? json() : json(said)},
                                     {"refusal", refuses ? json(said) : json()}}},
                                   {"logprobs", nullptr},
                                   {"finish_reason", "stop"}}});
  whole["usage"] = used;
  return {json_response(200, whole), {}, true};
}

}  // namespace centralita::simulator
