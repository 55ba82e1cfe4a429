#pragma once

#include <grpcpp/support/status.h>

#include <chrono>
#include <functional>

#include "libs/base/caller.h"
#include "libs/base/error.h"

namespace grpc {
class ServerContextBase;
}
namespace google::protobuf {
class Message;
class MethodDescriptor;
}  // namespace google::protobuf

namespace centralita::rpc {

/// One call of an RPC: who calls, and until when an answer is of use.
struct Call : Caller {
  std::chrono::system_clock::time_point deadline;
};

/// The one way to answer an RPC. Finds the method by its request's type (every RPC has a request of its own), checks
/// the caller's token and the method's (permission), runs `body` within the caller's trace, turns an Error into a
/// status with ErrorDetail, anything else into INTERNAL, and leaves a log line and figures by method and code.
grpc::Status serve(grpc::ServerContextBase* context, const google::protobuf::Message& request,
                   const std::function<void(const Call&)>& body);

/// The method whose request has this type; the process ends when two RPCs share one.
const google::protobuf::MethodDescriptor& method_of(const google::protobuf::Message& request);

/// INTERNAL, NOT_FOUND … with the reason and fields that the server gave.
Error to_error(const grpc::Status& status);
grpc::Status to_status(const Error& error);

}  // namespace centralita::rpc
