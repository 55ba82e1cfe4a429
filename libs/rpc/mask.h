#pragma once

#include <set>
#include <string>
#include <string_view>

namespace google::protobuf {
class Descriptor;
class FieldMask;
class Message;
}  // namespace google::protobuf

namespace centralita::rpc {

/// Which top-level fields of a resource an update touches (https://google.aip.dev/134): those that the mask names, all
/// with "*", and without a mask those that the resource has set. What must not be changed is for the caller to refuse.
class Mask {
 public:
  /// INVALID_ARGUMENT naming updateMask when a path is no top-level field of the resource.
  Mask(const google::protobuf::FieldMask& mask, const google::protobuf::Message& resource);

  /// `field` in its proto spelling; INTERNAL when the resource has no such field.
  bool has(std::string_view field) const;
  bool empty() const { return fields_.empty(); }

 private:
  const google::protobuf::Descriptor* resource_;
  std::set<std::string, std::less<>> fields_;
};

}  // namespace centralita::rpc
