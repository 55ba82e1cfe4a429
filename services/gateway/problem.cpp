#include "services/gateway/problem.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "libs/base/log.h"
#include "libs/http/server.h"
#include "libs/rpc/serve.h"

namespace centralita::gateway {
namespace {

bool is_inside(Code code) { return code == Code::kInternal || code == Code::kUnknown || code == Code::kDataLoss; }

/// Whole seconds, rounded up, as Retry-After wants them.
std::string seconds_of(std::optional<std::chrono::milliseconds> wait) {
  return std::to_string(
      std::max(std::chrono::ceil<std::chrono::seconds>(wait.value_or(std::chrono::seconds{1})), std::chrono::seconds{1})
          .count());
}

int status_for(const Error& error) {
  // What HTTP tells apart and the canonical codes do not.
  if (error.reason() == "UNSUPPORTED_MEDIA_TYPE") return 415;
  if (error.reason() == "METHOD_NOT_ALLOWED") return 405;
  return http::status_of(static_cast<int>(error.code()));
}

}  // namespace

http::Response problem_of(const Error& error, const Trace& trace) {
  const auto inside = is_inside(error.code());
  auto response = http::problem(
      status_for(error), name(error.code()),
      inside ? "Something went wrong on our side. Quote the traceId when you ask about it." : error.message());
  auto body = nlohmann::ordered_json::parse(response.body);
  body["reason"] = inside ? std::string(name(error.code())) : error.reason();
  if (!inside && !error.fields.empty()) {
    auto& fields = body["fields"] = nlohmann::ordered_json::array();
    for (const auto& [field, message] : error.fields) fields.push_back({{"field", field}, {"message", message}});
  }
  body["traceId"] = trace.trace_id;
  // What the client named its fields may be anything.
  response.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (error.code() == Code::kUnavailable || error.code() == Code::kResourceExhausted)
    response.headers["Retry-After"] = seconds_of(error.retry_after);
  if (error.code() == Code::kUnauthenticated) response.headers["WWW-Authenticate"] = "Bearer realm=\"centralita\"";
  return response;
}

Error error_of(const grpc::Status& status) {
  auto error = rpc::to_error(status);
  if (!status.error_details().empty()) return error;
  log::warn("rpc was not answered by its service", {{"code", name(error.code())}, {"why", error.message()}});
  if (error.code() == Code::kDeadlineExceeded) return {error.code(), error.reason(), "The answer took too long."};
  if (error.code() == Code::kUnavailable)
    return {error.code(), error.reason(), "A part of the service is away for the moment."};
  return {Code::kInternal, error.reason(), error.message()};
}

}  // namespace centralita::gateway
