#include "services/gateway/schema.h"

#include "libs/base/error.h"

namespace centralita::gateway {

using google::protobuf::Descriptor, google::protobuf::EnumDescriptor, google::protobuf::FieldDescriptor;

namespace {

Json described(Json schema, const std::string& comment) {
  if (!comment.empty()) schema["description"] = comment;
  return schema;
}

}  // namespace

template <class Declaration>
std::string comment_of(const Declaration& declaration) {
  google::protobuf::SourceLocation location;
  if (!declaration.GetSourceLocation(&location)) return "";
  std::string paragraph;
  for (const char c : location.leading_comments) {
    if (c != ' ' && c != '\n') {
      paragraph += c;
    } else if (!paragraph.empty() && paragraph.back() != ' ') {
      paragraph += ' ';
    }
  }
  if (paragraph.ends_with(' ')) paragraph.pop_back();
  return paragraph;
}
template std::string comment_of(const google::protobuf::MethodDescriptor&);
template std::string comment_of(const google::protobuf::ServiceDescriptor&);

template <class Type>
std::string Schemas::name_of(const Type& type) {
  auto name = type.full_name();
  if (const auto& package = type.file()->package(); !package.empty()) name.erase(0, package.size() + 1);
  const auto& known = full_names_.emplace(name, type.full_name()).first->second;
  if (known != type.full_name())
    throw Error(Code::kInternal, "NAME_TAKEN", known + " and " + type.full_name() + " would have one schema.");
  return name;
}

Json Schemas::of(const Descriptor& message) {
  switch (message.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      break;
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return {{"type", "string"}, {"format", "date-time"}};
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return {{"type", "string"}, {"pattern", R"(^-?\d+(\.\d+)?s$)"}};
    default:
      return Json::object();
  }
  if (message.full_name() == "google.protobuf.FieldMask") return {{"type", "string"}, {"examples", {"name,createdAt"}}};
  const auto name = name_of(message);
  if (!components_.contains(name)) {
    components_[name];  // so that a message that holds itself ends here
    auto properties = Json::object();
    for (int i = 0; i < message.field_count(); ++i) properties[message.field(i)->json_name()] = of(*message.field(i));
    components_[name] = described({{"type", "object"}, {"properties", std::move(properties)}}, comment_of(message));
  }
  return {{"$ref", "#/components/schemas/" + name}};
}

Json Schemas::of(const EnumDescriptor& type) {
  const auto name = name_of(type);
  if (!components_.contains(name)) {
    auto names = Json::array();
    auto comment = comment_of(type);
    for (int i = 0; i < type.value_count(); ++i) {
      names.push_back(type.value(i)->name());
      if (const auto said = comment_of(*type.value(i)); !said.empty())
        comment += (comment.empty() ? "" : " ") + type.value(i)->name() + ": " + said;
    }
    components_[name] = described({{"type", "string"}, {"enum", std::move(names)}}, comment);
  }
  return {{"$ref", "#/components/schemas/" + name}};
}

Json Schemas::of_value(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return {{"type", "integer"}, {"format", "int32"}};
    case FieldDescriptor::CPPTYPE_UINT32:
      return {{"type", "integer"}, {"format", "int64"}, {"minimum", 0}};
    case FieldDescriptor::CPPTYPE_INT64:
      return {{"type", "string"}, {"format", "int64"}};
    case FieldDescriptor::CPPTYPE_UINT64:
      return {{"type", "string"}, {"format", "uint64"}};
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return {{"type", "number"}, {"format", "double"}};
    case FieldDescriptor::CPPTYPE_FLOAT:
      return {{"type", "number"}, {"format", "float"}};
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_ENUM:
      return of(*field.enum_type());
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES) return {{"type", "string"}, {"contentEncoding", "base64"}};
      return {{"type", "string"}};
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return of(*field.message_type());
  }
  return Json::object();
}

Json Schemas::of(const FieldDescriptor& field) {
  Json schema;
  if (field.is_map()) {
    schema = {{"type", "object"}, {"additionalProperties", of_value(*field.message_type()->map_value())}};
  } else if (field.is_repeated()) {
    schema = {{"type", "array"}, {"items", of_value(field)}};
  } else {
    schema = of_value(field);
  }
  return described(std::move(schema), comment_of(field));
}

Json Schemas::components() const {
  auto all = Json::object();
  for (const auto& [name, schema] : components_) all[name] = schema;
  return all;
}

}  // namespace centralita::gateway
