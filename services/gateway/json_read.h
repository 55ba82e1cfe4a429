#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace centralita::gateway {

/// Where we are in a request, for telling which field is wrong. Lives on the stack; spelt out only when it is needed.
struct JsonPath {
  const JsonPath* parent = nullptr;
  std::string_view name;

  /// "channel.settings", or "message.attachments[2].url".
  std::string text() const;
};

/// A JSON text as a document. INVALID_ARGUMENT when it is not UTF-8, not JSON (with the position), nested deeper than
/// 32 levels, or not an object.
nlohmann::json parse_json(std::string_view text);

/// Merges proto3 JSON (https://protobuf.dev/programming-guides/json/) into a message of any type. Names are taken in
/// lowerCamelCase and as the proto spells them. INVALID_ARGUMENT naming the first field that is unknown or malformed.
void read_json(const nlohmann::json& json, google::protobuf::Message& message, const JsonPath* path = nullptr);

/// Sets a scalar, enum or well-known field, or adds to a repeated one, from the text that a path or query gives.
void read_text(std::string_view text, google::protobuf::Message& message,
               const google::protobuf::FieldDescriptor& field, const JsonPath& path);

/// The field with this name in either spelling; nullptr when there is none.
const google::protobuf::FieldDescriptor* field_named(const google::protobuf::Descriptor& message,
                                                     std::string_view name);

}  // namespace centralita::gateway
