#include "libs/rpc/serve.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/server_context.h>

#include <cstdlib>
#include <unordered_map>

#include "centralita/options.pb.h"
#include "libs/base/exception.h"
#include "libs/base/log.h"
#include "libs/base/metrics.h"
#include "libs/rpc/token.h"
#include "proto/descriptors.h"

namespace centralita::rpc {
namespace {

using google::protobuf::Descriptor, google::protobuf::MethodDescriptor;

/// The RPCs of every proto that is linked into this process, by the type of their request.
std::unordered_map<const Descriptor*, const MethodDescriptor*> find_methods() {
  google::protobuf::FileDescriptorSet files;
  const auto bytes = descriptor_set();
  files.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  std::unordered_map<const Descriptor*, const MethodDescriptor*> found;
  for (const auto& name : files.file()) {
    const auto* const file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name.name());
    if (file == nullptr) continue;
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* const method = file->service(s)->method(m);
        if (found.emplace(method->input_type(), method).second && method->options().HasExtension(permission)) continue;
        log::error("an RPC lacks a permission or a request of its own", {{"method", method->full_name()}});
        std::abort();
      }
    }
  }
  return found;
}

std::string_view metadata(const grpc::ServerContextBase& context, const char* name) {
  const auto& all = context.client_metadata();
  const auto found = all.find(name);
  return found == all.end() ? std::string_view{} : std::string_view{found->second.data(), found->second.size()};
}

/// Who calls, if the method lets them.
Call admit(const grpc::ServerContextBase& context, const MethodDescriptor& method) {
  const auto& needed = method.options().GetExtension(permission);
  const auto token = metadata(context, kTokenHeader);
  if (token.empty() && needed != "public")
    throw Error(Code::kUnauthenticated, "NO_CALLER", "The call does not say who calls.");
  Call call;
  if (!token.empty()) static_cast<Caller&>(call) = verify(token, SystemClock{}.now());
  if (!call.may(needed))
    throw Error(Code::kPermissionDenied, "PERMISSION_DENIED", "This needs the permission " + needed + ".");
  call.deadline = context.deadline();
  if (call.deadline <= std::chrono::system_clock::now())
    throw Error(Code::kDeadlineExceeded, "TOO_LATE", "The call came when its time was over.");
  return call;
}

/// Whether the server is to blame, rather than the one who called.
bool is_ours(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::OK:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::OUT_OF_RANGE:
    case grpc::StatusCode::UNAUTHENTICATED:
      return false;
    default:
      return true;
  }
}

void record(const MethodDescriptor& method, const Call& call, const grpc::Status& status,
            std::chrono::steady_clock::duration took) {
  const std::string code(name(static_cast<Code>(status.error_code())));
  metrics::histogram("centralita_rpc_seconds", "Answers to RPCs.", {{"method", method.full_name()}, {"code", code}})
      .observe(std::chrono::duration<double>(took).count());
  const auto ms = std::chrono::duration<double, std::milli>(took).count();
  if (status.ok()) {
    log::debug("rpc answered",
               {{"method", method.full_name()}, {"code", code}, {"ms", ms}, {"tenant", call.tenant_id}});
  } else {
    const auto ours = is_ours(status.error_code());
    const auto write = ours ? log::warn : log::info;
    write("rpc failed", {{"method", method.full_name()},
                         {"code", code},
                         {"reason", to_error(status).reason()},
                         {"why", ours ? status.error_message() : ""},
                         {"ms", ms},
                         {"tenant", call.tenant_id}});
  }
}

}  // namespace

const MethodDescriptor& method_of(const google::protobuf::Message& request) {
  static const auto methods = find_methods();
  const auto found = methods.find(request.GetDescriptor());
  if (found == methods.end())
    throw Error(Code::kInternal, "NO_SUCH_METHOD", "No RPC takes a " + request.GetTypeName() + ".");
  return *found->second;
}

grpc::Status serve(grpc::ServerContextBase* context, const google::protobuf::Message& request,
                   const std::function<void(const Call&)>& body) {
  const auto start = std::chrono::steady_clock::now();
  const auto& method = method_of(request);
  const auto trace = Trace::parse(metadata(*context, kTraceHeader)).next();
  const TraceScope scope(trace);
  Call call;
  grpc::Status status;
  try {
    call = admit(*context, method);
    call.trace = trace;
    body(call);
  } catch (const Error& error) {
    status = to_status(error);
  } catch (...) {
    log::error("rpc threw what it should not", {{"method", method.full_name()}, {"type", exception_type()}});
    status = to_status({Code::kInternal, "UNEXPECTED", "Something went wrong in the server."});
  }
  record(method, call, status, std::chrono::steady_clock::now() - start);
  return status;
}

}  // namespace centralita::rpc
