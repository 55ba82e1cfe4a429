#include "libs/rpc/mask.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/field_mask.pb.h>

#include "libs/base/error.h"

namespace centralita::rpc {

Mask::Mask(const google::protobuf::FieldMask& mask, const google::protobuf::Message& resource)
    : resource_(resource.GetDescriptor()) {
  for (const auto& path : mask.paths()) {
    if (path == "*") {
      for (int i = 0; i < resource_->field_count(); ++i) fields_.insert(resource_->field(i)->name());
      continue;
    }
    require(resource_->FindFieldByName(path) != nullptr, "updateMask",
            "\"" + path + "\" is no field that can be named");
    fields_.insert(path);
  }
  if (mask.paths().empty()) {
    std::vector<const google::protobuf::FieldDescriptor*> set;
    resource.GetReflection()->ListFields(resource, &set);
    for (const auto* field : set) fields_.insert(field->name());
  }
}

bool Mask::has(std::string_view field) const {
  if (fields_.contains(field)) return true;
  if (resource_->FindFieldByName(std::string(field)) == nullptr)
    throw Error(Code::kInternal, "NO_SUCH_FIELD", resource_->full_name() + " has no field " + std::string(field) + ".");
  return false;
}

}  // namespace centralita::rpc
