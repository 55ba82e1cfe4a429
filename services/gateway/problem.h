#pragma once

#include "libs/base/error.h"
#include "libs/base/trace.h"
#include "libs/http/message.h"

namespace grpc {
class Status;
}

namespace centralita::gateway {

/// A failure as application/problem+json (RFC 9457) with our members code, reason, fields and traceId. What went wrong
/// inside (INTERNAL, UNKNOWN, DATA_LOSS) is for the log: the client gets the trace to ask by.
http::Response problem_of(const Error& error, const Trace& trace);

/// What a failed call is to the client. Where only the transport has spoken, its words, with addresses, go to the log.
Error error_of(const grpc::Status& status);

}  // namespace centralita::gateway
