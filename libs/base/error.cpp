#include "libs/base/error.h"

#include <array>

namespace centralita {

std::string_view name(Code code) {
  static constexpr std::array<std::string_view, 17> kNames = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  const auto index = static_cast<size_t>(code);
  return index < kNames.size() ? kNames[index] : "UNKNOWN";
}

Error::Error(Code code, std::string reason, std::string message)
    : code_(code), reason_(std::move(reason)), message_(std::move(message)) {}

bool Error::transient() const {
  return code_ == Code::kUnavailable || code_ == Code::kDeadlineExceeded || code_ == Code::kResourceExhausted ||
         code_ == Code::kAborted;
}

void require(bool ok, std::string_view field, std::string_view message) {
  if (ok) return;
  Error error(Code::kInvalidArgument, "INVALID_FIELD", std::string(field) + ": " + std::string(message));
  error.fields.push_back({std::string(field), std::string(message)});
  throw error;
}

Error not_found(std::string_view what) {
  return {Code::kNotFound, "NOT_FOUND", "There is no such " + std::string(what) + "."};
}

}  // namespace centralita
