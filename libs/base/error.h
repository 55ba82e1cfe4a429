#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace centralita {

/// The canonical codes of gRPC, with their numbers.
enum class Code {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// "NOT_FOUND" and so on.
std::string_view name(Code code);

struct FieldViolation {
  std::string field;  ///< Path in the request, in its JSON spelling.
  std::string message;
};

/// The only exception that our code throws on purpose. Caught in three places: the RPC boundary, the consumer loop, and
/// run(). `reason` is a constant in SCREAMING_SNAKE_CASE for programs, `message` a sentence for people; neither holds a
/// credential or a customer's text.
class Error : public std::exception {
 public:
  Error(Code code, std::string reason, std::string message);

  const char* what() const noexcept override { return message_.c_str(); }
  Code code() const { return code_; }
  const std::string& reason() const { return reason_; }
  const std::string& message() const { return message_; }

  /// Whether the same call may succeed later: UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED.
  bool transient() const;

  std::vector<FieldViolation> fields;
  std::optional<std::chrono::milliseconds> retry_after;

 private:
  Code code_;
  std::string reason_;
  std::string message_;
};

/// Throws INVALID_ARGUMENT naming the field unless `ok`.
void require(bool ok, std::string_view field, std::string_view message);

/// NOT_FOUND for a thing of this kind, whether it never existed or belongs to another tenant.
Error not_found(std::string_view what);

}  // namespace centralita
