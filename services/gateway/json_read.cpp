#include "services/gateway/json_read.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "libs/base/clock.h"
#include "libs/base/encoding.h"
#include "libs/base/error.h"

namespace centralita::gateway {
namespace {

using google::protobuf::Descriptor, google::protobuf::FieldDescriptor, google::protobuf::Message;
using nlohmann::json;

constexpr int kMostDepth = 32;

[[noreturn]] void fail(const JsonPath& path, std::string_view what) {
  require(false, path.text(), what);
  std::abort();
}

Error malformed(const char* reason, std::string message) {
  return {Code::kInvalidArgument, reason, std::move(message)};
}

template <class Number>
Number from_text(std::string_view text, const JsonPath& path) {
  Number number{};
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || rest != end || error == std::errc::invalid_argument) fail(path, "must be a number");
  if (error != std::errc{}) fail(path, "is out of range");
  return number;
}

template <class Number>
Number read_integer(const json& value, const JsonPath& path) {
  constexpr auto kOutOfRange = "is out of range";
  if (value.is_string()) return from_text<Number>(value.get_ref<const std::string&>(), path);
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    if (!std::in_range<Number>(number)) fail(path, kOutOfRange);
    return static_cast<Number>(number);
  }
  if (value.is_number_integer()) {
    const auto number = value.get<int64_t>();
    if (!std::in_range<Number>(number)) fail(path, kOutOfRange);
    return static_cast<Number>(number);
  }
  if (!value.is_number_float()) fail(path, "must be a whole number");
  const auto number = value.get<double>();
  if (number != std::trunc(number)) fail(path, "must be a whole number");
  // Beyond 2^53 a double does not say which whole number was meant.
  if (std::abs(number) > 9'007'199'254'740'992.0 || !std::in_range<Number>(static_cast<int64_t>(number)))
    fail(path, kOutOfRange);
  return static_cast<Number>(number);
}

double read_double(const json& value, const JsonPath& path) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) fail(path, "must be a number");
  const auto& text = value.get_ref<const std::string&>();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  const auto number = from_text<double>(text, path);
  if (!std::isfinite(number)) fail(path, "must be a number");
  return number;
}

float read_float(const json& value, const JsonPath& path) {
  const auto number = read_double(value, path);
  if (std::isfinite(number) && std::abs(number) > std::numeric_limits<float>::max()) fail(path, "is out of range");
  return static_cast<float>(number);
}

bool read_bool(const json& value, const JsonPath& path) {
  if (!value.is_boolean()) fail(path, "must be true or false");
  return value.get<bool>();
}

std::string read_string(const json& value, const JsonPath& path) {
  if (!value.is_string()) fail(path, "must be a string");
  const auto& text = value.get_ref<const std::string&>();
  if (!is_text(text)) fail(path, "must be UTF-8 without NUL");
  return text;
}

std::string read_bytes(const json& value, const JsonPath& path) {
  if (!value.is_string()) fail(path, "must be a string");
  const auto& text = value.get_ref<const std::string&>();
  auto bytes = from_base64(text);
  if (!bytes) bytes = from_base64url(text);
  if (!bytes) fail(path, "must be base64");
  return std::move(*bytes);
}

int read_enum(const json& value, const FieldDescriptor& field, const JsonPath& path) {
  const auto& type = *field.enum_type();
  const auto* found = value.is_string() ? type.FindValueByName(value.get_ref<const std::string&>()) : nullptr;
  if (value.is_number_integer()) found = type.FindValueByNumber(read_integer<int>(value, path));
  if (found != nullptr) return found->number();
  std::string names;
  for (int i = 0; i < type.value_count(); ++i) names += (i == 0 ? "" : ", ") + type.value(i)->name();
  fail(path, "must be one of " + names);
}

void read_timestamp(const json& value, Message& message, const JsonPath& path) {
  const auto time = value.is_string() ? parse_time(value.get_ref<const std::string&>()) : std::nullopt;
  if (!time) fail(path, "must be a time like 2026-11-21T09:30:00Z");
  const auto whole = std::chrono::floor<std::chrono::seconds>(*time);
  const auto& reflection = *message.GetReflection();
  reflection.SetInt64(&message, message.GetDescriptor()->FindFieldByName("seconds"), whole.time_since_epoch().count());
  reflection.SetInt32(&message, message.GetDescriptor()->FindFieldByName("nanos"),
                      static_cast<int>(std::chrono::nanoseconds(*time - whole).count()));
}

/// "name,createdAt", in either spelling.
void read_field_mask(const json& value, Message& message, const JsonPath& path) {
  const auto* const paths = message.GetDescriptor()->FindFieldByName("paths");
  std::string proto_name;
  const auto flush = [&] {
    if (!proto_name.empty()) message.GetReflection()->AddString(&message, paths, std::exchange(proto_name, ""));
  };
  for (const char c : read_string(value, path)) {
    if (c == ',') {
      flush();
    } else if (c >= 'A' && c <= 'Z') {
      proto_name += {'_', static_cast<char>(c - 'A' + 'a')};
    } else {
      proto_name += c;
    }
  }
  flush();
}

/// Types whose JSON is not that of their fields: true when the message is one, and read.
bool read_well_known(const json& value, Message& message, const JsonPath& path) {
  const auto& type = *message.GetDescriptor();
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      if (type.full_name() != "google.protobuf.FieldMask") return false;
      read_field_mask(value, message, path);
      return true;
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      read_timestamp(value, message, path);
      return true;
    default:
      if (!google::protobuf::util::JsonStringToMessage(value.dump(), &message).ok()) fail(path, "is malformed");
      return true;
  }
}

void read_message(const json& value, Message& message, const JsonPath& path) {
  if (read_well_known(value, message, path)) return;
  if (!value.is_object()) fail(path, "must be an object");
  read_json(value, message, &path);
}

/// Sets a field, or adds to a repeated one.
void read_value(const json& value, Message& message, const FieldDescriptor& field, const JsonPath& path) {
  const auto& reflection = *message.GetReflection();
  const auto put = [&](auto set, auto add, auto&& given) {
    field.is_repeated() ? (reflection.*add)(&message, &field, std::move(given))
                        : (reflection.*set)(&message, &field, std::move(given));
  };
  using google::protobuf::Reflection;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return put(&Reflection::SetInt32, &Reflection::AddInt32, read_integer<int32_t>(value, path));
    case FieldDescriptor::CPPTYPE_INT64:
      return put(&Reflection::SetInt64, &Reflection::AddInt64, read_integer<int64_t>(value, path));
    case FieldDescriptor::CPPTYPE_UINT32:
      return put(&Reflection::SetUInt32, &Reflection::AddUInt32, read_integer<uint32_t>(value, path));
    case FieldDescriptor::CPPTYPE_UINT64:
      return put(&Reflection::SetUInt64, &Reflection::AddUInt64, read_integer<uint64_t>(value, path));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return put(&Reflection::SetDouble, &Reflection::AddDouble, read_double(value, path));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return put(&Reflection::SetFloat, &Reflection::AddFloat, read_float(value, path));
    case FieldDescriptor::CPPTYPE_BOOL:
      return put(&Reflection::SetBool, &Reflection::AddBool, read_bool(value, path));
    case FieldDescriptor::CPPTYPE_ENUM:
      return put(&Reflection::SetEnumValue, &Reflection::AddEnumValue, read_enum(value, field, path));
    case FieldDescriptor::CPPTYPE_STRING:
      return put(&Reflection::SetString, &Reflection::AddString,
                 field.type() == FieldDescriptor::TYPE_BYTES ? read_bytes(value, path) : read_string(value, path));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return read_message(
          value,
          field.is_repeated() ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
          path);
  }
}

json typed_key(const std::string& key, const FieldDescriptor& type) {
  if (type.cpp_type() == FieldDescriptor::CPPTYPE_BOOL && (key == "true" || key == "false")) return key == "true";
  return key;
}

void read_map(const json& value, Message& message, const FieldDescriptor& field, const JsonPath& path) {
  if (!value.is_object()) fail(path, "must be an object");
  for (const auto& [key, entry_value] : value.items()) {
    const JsonPath entry_path{&path, key};
    auto& entry = *message.GetReflection()->AddMessage(&message, &field);
    const auto& key_field = *field.message_type()->map_key();
    read_value(typed_key(key, key_field), entry, key_field, entry_path);
    if (entry_value.is_null()) fail(entry_path, "must not be null");
    read_value(entry_value, entry, *field.message_type()->map_value(), entry_path);
  }
}

void read_field(const json& value, Message& message, const FieldDescriptor& field, const JsonPath& path) {
  const auto& reflection = *message.GetReflection();
  if (const auto* const oneof = field.real_containing_oneof();
      oneof != nullptr && reflection.HasOneof(message, oneof) && !reflection.HasField(message, &field))
    fail(path, "excludes another field that is given");
  reflection.ClearField(&message, &field);
  if (value.is_null() && field.message_type() == nullptr) return;
  if (value.is_null() && field.message_type()->well_known_type() != Descriptor::WELLKNOWNTYPE_VALUE) return;
  if (field.is_map()) return read_map(value, message, field, path);
  if (!field.is_repeated()) return read_value(value, message, field, path);
  if (!value.is_array()) fail(path, "must be an array");
  for (size_t i = 0; i < value.size(); ++i) {
    const auto index = "[" + std::to_string(i) + "]";
    const JsonPath item_path{&path, index};
    if (value[i].is_null()) fail(item_path, "must not be null");
    read_value(value[i], message, field, item_path);
  }
}

}  // namespace

std::string JsonPath::text() const {
  const std::string last(utf8_prefix(name, 100));
  if (parent == nullptr) return last;
  return parent->text() + (name.starts_with('[') ? "" : ".") + last;
}

const FieldDescriptor* field_named(const Descriptor& message, std::string_view name) {
  for (int i = 0; i < message.field_count(); ++i)
    if (message.field(i)->json_name() == name || message.field(i)->name() == name) return message.field(i);
  return nullptr;
}

json parse_json(std::string_view text) {
  if (!is_text(text)) throw malformed("NOT_UTF8", "The body is not UTF-8.");
  json document;
  try {
    document = json::parse(text, [](int depth, json::parse_event_t, json&) {
      if (depth > kMostDepth) throw malformed("TOO_DEEP", "The body is nested deeper than 32 levels.");
      return true;
    });
  } catch (const json::parse_error& error) {
    throw malformed("MALFORMED_JSON", "The body is not JSON: see byte " + std::to_string(error.byte) + ".");
  } catch (const json::out_of_range&) {
    throw malformed("MALFORMED_JSON", "The body has a number that is too large.");
  }
  if (!document.is_object()) throw malformed("MALFORMED_JSON", "The body must be a JSON object.");
  return document;
}

void read_json(const json& object, Message& message, const JsonPath* path) {
  for (const auto& [name, value] : object.items()) {
    const JsonPath field_path{path, name};
    const auto* const field = field_named(*message.GetDescriptor(), name);
    if (field == nullptr) fail(field_path, "is not known");
    read_field(value, message, *field, field_path);
  }
}

void read_text(std::string_view text, Message& message, const FieldDescriptor& field, const JsonPath& path) {
  json value = std::string(text);
  if (!is_text(text)) fail(path, "must be UTF-8 without NUL");
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL && (text == "true" || text == "false")) value = text == "true";
  read_value(value, message, field, path);
}

}  // namespace centralita::gateway
