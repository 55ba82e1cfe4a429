#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include <string>
#include <string_view>
#include <vector>

#include "services/gateway/route.h"

namespace centralita::gateway {

/// One way to call an RPC over HTTP.
struct Binding {
  const google::protobuf::MethodDescriptor* method;
  std::string verb;     ///< "GET"
  std::string pattern;  ///< As the proto spells it.
  PathTemplate path;
  std::string body;        ///< "" takes none, "*" the whole request, otherwise the field that the body is.
  std::string permission;  ///< "public", or what the caller must hold.
  const google::protobuf::Message* request;   ///< An empty one to be copied.
  const google::protobuf::Message* response;  ///< An empty one to be copied.

  /// Whether the path gives this field, named as in the proto.
  bool binds(std::string_view field) const;
};

/// What a path and verb lead to.
struct Match {
  const Binding* binding = nullptr;  ///< nullptr when no RPC has this path with this verb.
  PathValues values;
  std::vector<std::string> allowed;  ///< Without binding: the verbs that the path has.
};

/// The RPCs that are called from outside, read from a descriptor set: all with google.api.http whose permission is not
/// "internal". Immutable and thread-safe.
class Catalogue {
 public:
  /// INTERNAL naming the RPC when its google.api.http is malformed, names a field that is not there, has the shape of
  /// another's, or asks for what we do not do (streams, response_body, custom verbs).
  explicit Catalogue(std::string_view descriptor_set);

  /// In the order of the protos, the primary binding of an RPC before its additional ones.
  const std::vector<Binding>& bindings() const { return bindings_; }
  /// HEAD is answered as GET.
  Match match(std::string_view verb, std::string_view path) const;
  /// The first segments of all paths: "v1", "api".
  std::vector<std::string> roots() const;

 private:
  void add(const google::protobuf::MethodDescriptor& method);

  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory messages_;
  std::vector<Binding> bindings_;
  std::vector<const Binding*> by_shape_;
};

/// The field at a path of proto names; nullptr when there is none or it leads through what is repeated.
const google::protobuf::FieldDescriptor* find_field(const google::protobuf::Descriptor& message, std::string_view path);

}  // namespace centralita::gateway
