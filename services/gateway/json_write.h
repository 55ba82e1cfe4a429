#pragma once

#include <string>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace centralita::gateway {

/// A message as proto3 JSON: names in lowerCamelCase, every field without presence printed also when it is empty, enums
/// by name, 64-bit integers as strings, times in RFC 3339.
std::string to_json(const google::protobuf::Message& message);

}  // namespace centralita::gateway
