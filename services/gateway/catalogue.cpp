#include "services/gateway/catalogue.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <set>

#include "centralita/options.pb.h"
#include "google/api/annotations.pb.h"
#include "libs/base/error.h"

namespace centralita::gateway {
namespace {

using google::api::HttpRule;
using google::protobuf::FieldDescriptor;

[[noreturn]] void fail(const google::protobuf::MethodDescriptor& method, const std::string& why) {
  throw Error(Code::kInternal, "BAD_HTTP_RULE", method.full_name() + ": " + why);
}

std::pair<std::string, std::string> verb_and_pattern(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return {"GET", rule.get()};
    case HttpRule::kPut:
      return {"PUT", rule.put()};
    case HttpRule::kPost:
      return {"POST", rule.post()};
    case HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    default:
      return {};
  }
}

}  // namespace

bool Binding::binds(std::string_view field) const {
  const auto& variables = path.variables();
  return std::any_of(variables.begin(), variables.end(), [&](const auto& variable) { return variable.field == field; });
}

Catalogue::Catalogue(std::string_view descriptor_set) {
  google::protobuf::FileDescriptorSet files;
  if (!files.ParseFromArray(descriptor_set.data(), static_cast<int>(descriptor_set.size())))
    throw Error(Code::kInternal, "BAD_DESCRIPTORS", "The descriptor set cannot be read.");
  for (const auto& proto : files.file()) {
    const auto* const file = pool_.BuildFile(proto);
    if (file == nullptr) throw Error(Code::kInternal, "BAD_DESCRIPTORS", proto.name() + " cannot be built.");
    for (int s = 0; s < file->service_count(); ++s)
      for (int m = 0; m < file->service(s)->method_count(); ++m) add(*file->service(s)->method(m));
  }
  for (const auto& binding : bindings_) by_shape_.push_back(&binding);
  std::sort(by_shape_.begin(), by_shape_.end(), [](const auto* a, const auto* b) {
    return std::pair(a->path.shape(), a->verb) < std::pair(b->path.shape(), b->verb);
  });
  const auto twice = std::adjacent_find(by_shape_.begin(), by_shape_.end(), [](const auto* a, const auto* b) {
    return a->path.shape() == b->path.shape() && a->verb == b->verb;
  });
  if (twice != by_shape_.end()) fail(*(*twice)->method, "another RPC has the path " + (*twice)->pattern);
}

void Catalogue::add(const google::protobuf::MethodDescriptor& method) {
  const auto& options = method.options();
  const auto& needed = options.GetExtension(permission);
  if (!options.HasExtension(google::api::http) || needed == "internal") return;
  if (needed.empty()) fail(method, "has no permission");
  if (method.client_streaming() || method.server_streaming()) fail(method, "streams");

  const auto& main_rule = options.GetExtension(google::api::http);
  std::vector<const HttpRule*> rules = {&main_rule};
  for (const auto& rule : main_rule.additional_bindings()) rules.push_back(&rule);
  for (const auto* rule : rules) {
    const auto [verb, pattern] = verb_and_pattern(*rule);
    if (verb.empty()) fail(method, "has a verb of its own");
    if (!rule->response_body().empty()) fail(method, "has a response_body");
    Binding binding{&method,
                    verb,
                    pattern,
                    PathTemplate(pattern),
                    rule->body(),
                    needed,
                    messages_.GetPrototype(method.input_type()),
                    messages_.GetPrototype(method.output_type())};
    if (binding.path.segments().front().kind != PathTemplate::Segment::kLiteral)
      fail(method, "has a path that does not begin with a literal");
    for (const auto& variable : binding.path.variables()) {
      const auto* const field = find_field(*method.input_type(), variable.field);
      if (field == nullptr || field->is_repeated() || field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
        fail(method, "has no field " + variable.field + " that a path can give");
    }
    if (!rule->body().empty() && rule->body() != "*") {
      const auto* const field = method.input_type()->FindFieldByName(rule->body());
      if (field == nullptr || field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
        fail(method, "has no message " + rule->body() + " that a body can be");
    }
    bindings_.push_back(std::move(binding));
  }
}

Match Catalogue::match(std::string_view verb, std::string_view path) const {
  Match match;
  for (const auto* binding : by_shape_) {
    auto values = binding->path.match(path);
    if (!values) continue;
    if (binding->verb == verb || (verb == "HEAD" && binding->verb == "GET")) return {binding, std::move(*values), {}};
    match.allowed.push_back(binding->verb);
  }
  return match;
}

std::vector<std::string> Catalogue::roots() const {
  std::set<std::string> roots;
  for (const auto& binding : bindings_) roots.insert(binding.path.segments().front().literal);
  return {roots.begin(), roots.end()};
}

const FieldDescriptor* find_field(const google::protobuf::Descriptor& message, std::string_view path) {
  const auto* inside = &message;
  while (true) {
    const auto dot = path.find('.');
    const auto* const field = inside->FindFieldByName(std::string(path.substr(0, dot)));
    if (field == nullptr || dot == std::string_view::npos) return field;
    if (field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return nullptr;
    inside = field->message_type();
    path.remove_prefix(dot + 1);
  }
}

}  // namespace centralita::gateway
