#include "services/gateway/json_write.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <charconv>
#include <cmath>

#include "libs/base/encoding.h"
#include "libs/base/error.h"

namespace centralita::gateway {
namespace {

using google::protobuf::Descriptor, google::protobuf::FieldDescriptor, google::protobuf::Message;

void write_string(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
    } else {
      out += c;
    }
  }
  out += '"';
}

template <class Number>
void write_number(Number number, std::string& out) {
  std::array<char, 32> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

template <class Number>
void write_real(Number number, std::string& out) {
  if (std::isnan(number)) return write_string("NaN", out);
  if (std::isinf(number)) return write_string(number < 0 ? "-Infinity" : "Infinity", out);
  write_number(number, out);
}

template <class Number>
void write_long(Number number, std::string& out) {
  out += '"';
  write_number(number, out);
  out += '"';
}

void write_message(const Message& message, std::string& out);

void write_enum(int number, const FieldDescriptor& field, std::string& out) {
  const auto* const value = field.enum_type()->FindValueByNumber(number);
  value != nullptr ? write_string(value->name(), out) : write_number(number, out);
}

/// A field's value, or its `index`-th when it is repeated.
void write_value(const Message& message, const FieldDescriptor& field, int index, std::string& out) {
  const auto& reflection = *message.GetReflection();
  const auto get = [&](auto one, auto repeated) {
    return field.is_repeated() ? (reflection.*repeated)(message, &field, index) : (reflection.*one)(message, &field);
  };
  using google::protobuf::Reflection;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return write_number(get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32), out);
    case FieldDescriptor::CPPTYPE_UINT32:
      return write_number(get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32), out);
    case FieldDescriptor::CPPTYPE_INT64:
      return write_long(get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64), out);
    case FieldDescriptor::CPPTYPE_UINT64:
      return write_long(get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64), out);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return write_real(get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble), out);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return write_real(get(&Reflection::GetFloat, &Reflection::GetRepeatedFloat), out);
    case FieldDescriptor::CPPTYPE_BOOL:
      out += get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      return write_enum(get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue), field, out);
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const auto& text = field.is_repeated() ? reflection.GetRepeatedStringReference(message, &field, index, &scratch)
                                             : reflection.GetStringReference(message, &field, &scratch);
      return write_string(field.type() == FieldDescriptor::TYPE_BYTES ? to_base64(text) : text, out);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return write_message(field.is_repeated() ? reflection.GetRepeatedMessage(message, &field, index)
                                               : reflection.GetMessage(message, &field),
                           out);
  }
}

void write_key(const Message& entry, const FieldDescriptor& key, std::string& out) {
  std::string text;
  write_value(entry, key, 0, text);
  if (text.starts_with('"')) {
    out += text;
  } else {
    out.append(1, '"').append(text).append(1, '"');
  }
}

void write_repeated(const Message& message, const FieldDescriptor& field, std::string& out) {
  const auto& reflection = *message.GetReflection();
  out += field.is_map() ? '{' : '[';
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    if (i > 0) out += ',';
    if (field.is_map()) {
      const auto& entry = reflection.GetRepeatedMessage(message, &field, i);
      write_key(entry, *field.message_type()->map_key(), out);
      out += ':';
      write_value(entry, *field.message_type()->map_value(), 0, out);
    } else {
      write_value(message, field, i, out);
    }
  }
  out += field.is_map() ? '}' : ']';
}

void write_timestamp(const Message& message, std::string& out) {
  const auto& type = *message.GetDescriptor();
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(message.GetReflection()->GetInt64(message, type.FindFieldByName("seconds")));
  timestamp.set_nanos(message.GetReflection()->GetInt32(message, type.FindFieldByName("nanos")));
  write_string(google::protobuf::util::TimeUtil::ToString(timestamp), out);
}

/// Types whose JSON is not that of their fields.
void write_well_known(const Message& message, std::string& out) {
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text).ok())
    throw Error(Code::kInternal, "BAD_ANSWER", "A " + message.GetTypeName() + " cannot be written as JSON.");
  out += text;
}

void write_message(const Message& message, std::string& out) {
  const auto& type = *message.GetDescriptor();
  const auto known = type.well_known_type();
  if (known == Descriptor::WELLKNOWNTYPE_TIMESTAMP) return write_timestamp(message, out);
  if (known != Descriptor::WELLKNOWNTYPE_UNSPECIFIED || type.full_name() == "google.protobuf.FieldMask")
    return write_well_known(message, out);
  out += '{';
  bool first = true;
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    if (field.has_presence() && !message.GetReflection()->HasField(message, &field)) continue;
    if (!std::exchange(first, false)) out += ',';
    out.append(1, '"').append(field.json_name()).append("\":");
    field.is_repeated() ? write_repeated(message, field, out) : write_value(message, field, 0, out);
  }
  out += '}';
}

}  // namespace

std::string to_json(const Message& message) {
  std::string out;
  write_message(message, out);
  return out;
}

}  // namespace centralita::gateway
