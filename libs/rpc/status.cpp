#include <grpcpp/support/status.h>

#include "centralita/options.pb.h"
#include "libs/rpc/serve.h"

namespace centralita::rpc {

grpc::Status to_status(const Error& error) {
  ErrorDetail detail;
  detail.set_reason(error.reason());
  for (const auto& [field, message] : error.fields) {
    auto& violation = *detail.add_fields();
    violation.set_field(field);
    violation.set_message(message);
  }
  if (error.retry_after) detail.set_retry_after_ms(error.retry_after->count());
  return {static_cast<grpc::StatusCode>(error.code()), error.message(), detail.SerializeAsString()};
}

Error to_error(const grpc::Status& status) {
  const auto code = static_cast<Code>(status.error_code());
  ErrorDetail detail;
  // Without a detail nobody of ours answered, only the transport: then the code is the reason.
  if (!detail.ParseFromString(status.error_details()) || detail.reason().empty()) detail.set_reason(name(code).data());
  Error error(code, detail.reason(), status.error_message());
  for (const auto& violation : detail.fields()) error.fields.push_back({violation.field(), violation.message()});
  if (detail.retry_after_ms() > 0) error.retry_after = std::chrono::milliseconds(detail.retry_after_ms());
  return error;
}

}  // namespace centralita::rpc
