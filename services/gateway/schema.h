#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace centralita::gateway {

using Json = nlohmann::ordered_json;

/// The comment before a declaration, as one paragraph; "" where there is none.
template <class Declaration>
std::string comment_of(const Declaration& declaration);

/// JSON schemas of proto messages, in the dialect of OpenAPI 3.1.
class Schemas {
 public:
  /// The schema of a field, with its comment. Messages and enums are references; what they refer to is remembered.
  Json of(const google::protobuf::FieldDescriptor& field);
  /// A reference to a message's schema.
  Json of(const google::protobuf::Descriptor& message);
  /// Everything that was referred to, by name.
  Json components() const;

 private:
  Json of_value(const google::protobuf::FieldDescriptor& field);
  Json of(const google::protobuf::EnumDescriptor& type);
  /// The name without its package, which is the name in our code too.
  template <class Type>
  std::string name_of(const Type& type);

  std::map<std::string, Json> components_;
  std::map<std::string, std::string> full_names_;
};

}  // namespace centralita::gateway
