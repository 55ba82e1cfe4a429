#include "services/gateway/transcode.h"

#include <google/protobuf/text_format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "libs/base/error.h"
#include "services/gateway/json_read.h"
#include "services/gateway/json_write.h"

namespace centralita::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor, google::protobuf::Message;

constexpr auto kMask = "google.protobuf.FieldMask";

/// The JSON spelling of a field's path.
std::string json_path(const Message& request, std::string_view proto_path) {
  std::string spelt;
  const auto* inside = request.GetDescriptor();
  while (true) {
    const auto dot = proto_path.find('.');
    const auto* const field = inside->FindFieldByName(std::string(proto_path.substr(0, dot)));
    spelt += field->json_name();
    if (dot == std::string_view::npos) return spelt;
    spelt += '.';
    inside = field->message_type();
    proto_path.remove_prefix(dot + 1);
  }
}

std::string printed(const Message& message, const FieldDescriptor& field) {
  std::string text;
  google::protobuf::TextFormat::PrintFieldValueToString(message, &field, -1, &text);
  return text;
}

/// The message that holds the last field of a path.
Message& holder_of(Message& message, std::string_view& path) {
  auto* inside = &message;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    const auto* const field = inside->GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    inside = inside->GetReflection()->MutableMessage(inside, field);
    path.remove_prefix(dot + 1);
  }
  return *inside;
}

void read_path(const PathValues& values, Message& request) {
  for (const auto& [field_path, value] : values) {
    const auto spelt = json_path(request, field_path);
    std::string_view last = field_path;
    auto& holder = holder_of(request, last);
    const auto& field = *holder.GetDescriptor()->FindFieldByName(std::string(last));
    const auto in_body = holder.GetReflection()->HasField(holder, &field) ? printed(holder, field) : "";
    read_text(value, holder, field, JsonPath{nullptr, spelt});
    require(in_body.empty() || in_body == printed(holder, field), spelt, "differs from what the path says");
  }
}

/// The names in a JSON object as a mask, but for those that the path gives.
void derive_mask(const Binding& binding, const nlohmann::json& body, Message& request) {
  const auto* const field = request.GetDescriptor()->FindFieldByName("update_mask");
  if (binding.verb != "PATCH" || field == nullptr || field->message_type() == nullptr ||
      field->message_type()->full_name() != kMask || request.GetReflection()->HasField(request, field))
    return;
  const auto* const resource = request.GetDescriptor()->FindFieldByName(binding.body);
  if (resource == nullptr) return;
  auto& mask = *request.GetReflection()->MutableMessage(&request, field);
  const auto* const paths = mask.GetDescriptor()->FindFieldByName("paths");
  for (const auto& [name, value] : body.items()) {
    const auto& proto_name = field_named(*resource->message_type(), name)->name();
    if (!binding.binds(binding.body + "." + proto_name)) mask.GetReflection()->AddString(&mask, paths, proto_name);
  }
}

nlohmann::json read_body(const Binding& binding, const http::Request& http, Message& request) {
  if (binding.body.empty()) {
    require(http.body.empty(), "body", "is not taken by this method");
    return {};
  }
  if (http.body.empty()) return nlohmann::json::object();
  if (http.content_type() != "application/json")
    throw Error(Code::kInvalidArgument, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json.");
  auto body = parse_json(http.body);
  if (binding.body == "*") {
    read_json(body, request);
  } else {
    const auto* const field = request.GetDescriptor()->FindFieldByName(binding.body);
    const JsonPath path{nullptr, field->json_name()};
    read_json(body, *request.GetReflection()->MutableMessage(&request, field), &path);
  }
  return body;
}

/// Whether a query parameter can say what the field holds.
bool fits_query(const FieldDescriptor& field) {
  if (field.message_type() == nullptr) return true;
  return !field.is_repeated() && (field.message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_TIMESTAMP ||
                                  field.message_type()->full_name() == kMask);
}

/// The path in its proto spelling that a query parameter names, in either spelling; nothing when the request has no
/// such field, or one that no query can say.
std::optional<std::string> proto_path_of(std::string_view name, const Descriptor* inside) {
  std::string path;
  while (true) {
    const auto dot = name.find('.');
    const auto* const field = field_named(*inside, name.substr(0, dot));
    if (field == nullptr) return {};
    path += field->name();
    if (dot == std::string_view::npos) return fits_query(*field) ? std::optional(path) : std::nullopt;
    if (field->message_type() == nullptr || field->is_repeated() || fits_query(*field)) return {};
    path += '.';
    inside = field->message_type();
    name.remove_prefix(dot + 1);
  }
}

void read_query(const Binding& binding, std::string_view query, Message& request) {
  std::set<std::string> seen;
  for (const auto& [name, value] : parse_form(query)) {
    const JsonPath spelt{nullptr, name};
    const auto path = proto_path_of(name, request.GetDescriptor());
    require(path && binding.body != "*", spelt.text(), "is not a parameter of this method");
    require(binding.body.empty() || !(*path + ".").starts_with(binding.body + "."), spelt.text(),
            "belongs into the body");
    require(!binding.binds(*path), spelt.text(), "is given by the path");
    std::string_view last = *path;
    auto& holder = holder_of(request, last);
    const auto& field = *holder.GetDescriptor()->FindFieldByName(std::string(last));
    require(seen.insert(*path).second || field.is_repeated(), spelt.text(), "is given more than once");
    read_text(value, holder, field, spelt);
  }
}

}  // namespace

std::unique_ptr<Message> read_request(const Binding& binding, const PathValues& path, const http::Request& http) {
  std::unique_ptr<Message> request(binding.request->New());
  const auto body = read_body(binding, http, *request);
  read_query(binding, http.query, *request);
  read_path(path, *request);
  derive_mask(binding, body, *request);
  return request;
}

http::Response write_response(const Message& answer) {
  if (answer.GetDescriptor()->full_name() == "google.protobuf.Empty") return {204, {}, ""};
  return http::text_response(200, "application/json", to_json(answer));
}

}  // namespace centralita::gateway
