#include "services/gateway/openapi.h"

#include <algorithm>
#include <set>

#include "libs/base/error.h"
#include "libs/http/server.h"
#include "services/gateway/catalogue.h"
#include "services/gateway/schema.h"

namespace centralita::gateway {
namespace {

using google::protobuf::Descriptor, google::protobuf::FieldDescriptor, google::protobuf::MethodDescriptor;

constexpr auto kProblem = "#/components/schemas/Problem";

/// What a path variable is called: the last name of its field, so that "{agent.id}" and "{id}" are one path.
const std::string& name_of(const Binding& binding, const PathTemplate::Variable& variable) {
  return find_field(*binding.method->input_type(), variable.field)->json_name();
}

/// A variable with one literal is that literal; any other stands for itself.
std::string path_of(const Binding& binding) {
  const auto& segments = binding.path.segments();
  const auto& variables = binding.path.variables();
  std::string path;
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto variable = std::find_if(variables.begin(), variables.end(), [&](const auto& v) { return v.first == i; });
    if (segments[i].kind == PathTemplate::Segment::kLiteral) {
      path += "/" + segments[i].literal;
    } else if (variable != variables.end()) {
      path += "/{" + name_of(binding, *variable) + "}";
      i += variable->count - 1;
    } else {
      path += "/{segment" + std::to_string(i) + "}";
    }
  }
  return path + (binding.path.verb().empty() ? "" : ":" + binding.path.verb());
}

/// Everything of the request that neither path nor body gives.
void add_query(const Binding& binding, const Descriptor& inside, const std::string& proto_prefix,
               const std::string& prefix, Schemas& schemas, Json& parameters) {
  for (int i = 0; i < inside.field_count(); ++i) {
    const auto& field = *inside.field(i);
    const auto proto_path = proto_prefix + field.name();
    if (proto_path == binding.body || binding.binds(proto_path)) continue;
    const auto* const message = field.message_type();
    const auto has_fields = message != nullptr && message->well_known_type() == Descriptor::WELLKNOWNTYPE_UNSPECIFIED &&
                            message->full_name() != "google.protobuf.FieldMask";
    // One level is as deep as our lists filter; more would be endless where a message holds itself.
    if (has_fields && !field.is_repeated() && prefix.empty())
      add_query(binding, *message, proto_path + ".", field.json_name() + ".", schemas, parameters);
    if (has_fields) continue;
    auto schema = schemas.of(field);
    Json parameter = {{"name", prefix + field.json_name()}, {"in", "query"}};
    if (schema.contains("description")) parameter["description"] = schema["description"];
    schema.erase("description");
    parameter["schema"] = std::move(schema);
    parameters.push_back(std::move(parameter));
  }
}

Json parameters_of(const Binding& binding, const std::string& path, Schemas& schemas) {
  auto parameters = Json::array();
  for (const auto& variable : binding.path.variables()) {
    const auto& name = name_of(binding, variable);
    if (path.find("{" + name + "}") == std::string::npos) continue;
    auto schema = schemas.of(*find_field(*binding.method->input_type(), variable.field));
    schema.erase("description");
    parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", std::move(schema)}});
  }
  if (binding.body != "*") add_query(binding, *binding.method->input_type(), "", "", schemas, parameters);
  return parameters;
}

/// The schema of the body; null where the method takes nothing in it.
Json body_of(const Binding& binding, Schemas& schemas) {
  const auto& request = *binding.method->input_type();
  if (binding.body.empty()) return nullptr;
  if (binding.body != "*") return schemas.of(*request.FindFieldByName(binding.body)->message_type());
  auto properties = Json::object();
  for (int i = 0; i < request.field_count(); ++i)
    if (!binding.binds(request.field(i)->name()))
      properties[request.field(i)->json_name()] = schemas.of(*request.field(i));
  if (properties.empty()) return nullptr;
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

/// What a comment says, at its full stops and semicolons; the stop in "E.164" is none.
std::vector<std::string> parts_of(std::string_view comment) {
  std::vector<std::string> parts = {""};
  for (size_t i = 0; i < comment.size(); ++i) {
    const auto ends = i + 1 == comment.size() || comment[i + 1] == ' ';
    if ((comment[i] == '.' || comment[i] == ';') && ends)
      parts.emplace_back();
    else if (comment[i] != ' ' || !parts.back().empty())
      parts.back() += comment[i];
  }
  return parts;
}

/// The parts of a comment that name a canonical code, by the HTTP status of the code.
std::map<int, std::string> errors_in(const std::string& comment, const std::string& permission) {
  std::map<int, std::string> errors;
  const auto add = [&](Code code, const std::string& text) {
    auto& said = errors[http::status_of(static_cast<int>(code))];
    said += (said.empty() ? "" : "; ") + text;
  };
  if (permission != "public") {
    add(Code::kUnauthenticated, "UNAUTHENTICATED when the API key is missing or not valid");
    add(Code::kPermissionDenied, "PERMISSION_DENIED when the key lacks " + permission);
  }
  for (const auto& part : parts_of(comment)) {
    for (int code = 1; code <= 16; ++code) {
      const auto begin = part.find(name(static_cast<Code>(code)));
      if (begin != std::string::npos) add(static_cast<Code>(code), part.substr(begin));
    }
  }
  return errors;
}

Json responses_of(const Binding& binding, const std::string& comment, Schemas& schemas) {
  const auto& answer = *binding.method->output_type();
  Json responses;
  if (answer.full_name() == "google.protobuf.Empty")
    responses["204"] = {{"description", "Done."}};
  else
    responses["200"] = {{"description", "The " + answer.name() + "."},
                        {"content", {{"application/json", {{"schema", schemas.of(answer)}}}}}};
  const Json problem = {{"application/problem+json", {{"schema", {{"$ref", kProblem}}}}}};
  for (const auto& [status, text] : errors_in(comment, binding.permission))
    responses[std::to_string(status)] = {{"description", text + "."}, {"content", problem}};
  responses["default"] = {{"description", "Any other failure."}, {"content", problem}};
  return responses;
}

/// The first sentence of a comment, unless that is already about errors: then the method's name as words.
std::string summary_of(const MethodDescriptor& method, const std::string& comment) {
  const auto sentence = parts_of(comment).front();
  const auto shouts = sentence.size() > 1 && std::isupper(sentence[1]);
  if (!sentence.empty() && !shouts) return sentence + ".";
  std::string words;
  for (const char c : method.name()) {
    const auto upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (upper && !words.empty()) words += ' ';
    words += upper && !words.empty() ? static_cast<char>(std::tolower(c)) : c;
  }
  return words + ".";
}

Json problem_schema() {
  const Json text = {{"type", "string"}};
  const Json field = {{"type", "object"}, {"properties", {{"field", text}, {"message", text}}}};
  return {{"type", "object"},
          {"description", "Why a request failed: RFC 9457."},
          {"required", {"type", "title", "status", "code", "reason", "detail", "traceId"}},
          {"properties",
           {{"type", text},
            {"title", text},
            {"status", {{"type", "integer"}}},
            {"code", {{"type", "string"}, {"description", "The canonical gRPC code, e.g. NOT_FOUND."}}},
            {"reason", {{"type", "string"}, {"description", "A constant that a program may branch on."}}},
            {"detail", {{"type", "string"}, {"description", "A sentence for people."}}},
            {"fields", {{"type", "array"}, {"items", field}, {"description", "The fields that are wrong."}}},
            {"traceId", {{"type", "string"}, {"description", "Quote it when you ask for help."}}}}}};
}

}  // namespace

std::string openapi(const Catalogue& catalogue) {
  Schemas schemas;
  Json paths = Json::object();
  Json tags = Json::array();
  std::map<std::string, int> uses;
  for (const auto& binding : catalogue.bindings()) {
    const auto& method = *binding.method;
    const auto& service = *method.service();
    const auto comment = comment_of(method);
    const auto path = path_of(binding);
    const auto use = ++uses[method.name()];
    if (tags.empty() || tags.back()["name"] != service.name())
      tags.push_back({{"name", service.name()}, {"description", comment_of(service)}});

    Json operation = {{"operationId", method.name() + (use > 1 ? std::to_string(use) : "")},
                      {"tags", {service.name()}},
                      {"summary", summary_of(method, comment)},
                      {"description", comment},
                      {"x-permission", binding.permission}};
    if (binding.permission == "public") operation["security"] = Json::array();
    if (auto parameters = parameters_of(binding, path, schemas); !parameters.empty())
      operation["parameters"] = std::move(parameters);
    if (auto body = body_of(binding, schemas); !body.is_null())
      operation["requestBody"] = {{"required", true}, {"content", {{"application/json", {{"schema", body}}}}}};
    operation["responses"] = responses_of(binding, comment, schemas);

    auto verb = binding.verb;
    std::transform(verb.begin(), verb.end(), verb.begin(), [](unsigned char c) { return std::tolower(c); });
    paths[path][verb] = std::move(operation);
  }
  auto components = schemas.components();
  components["Problem"] = problem_schema();
  return Json{{"openapi", "3.1.0"},
              {"info",
               {{"title", "Centralita"},
                {"version", "v1"},
                {"description", "The REST API of Centralita. Every path is an RPC of its protos."}}},
              {"servers", {{{"url", "/"}}}},
              {"security", {{{"apiKey", Json::array()}}}},
              {"tags", tags},
              {"paths", paths},
              {"components",
               {{"securitySchemes", {{"apiKey", {{"type", "http"}, {"scheme", "bearer"}}}}},
                {"schemas", std::move(components)}}}}
      .dump();
}

}  // namespace centralita::gateway
