#pragma once

#include <memory>

#include "libs/http/message.h"
#include "services/gateway/catalogue.h"

namespace centralita::gateway {

/// The request of an RPC from an HTTP request: body, then query, then path. INVALID_ARGUMENT naming the first field
/// that is malformed, unknown, given twice, or that path and body contradict each other on; reason
/// UNSUPPORTED_MEDIA_TYPE when the body is not application/json. A PATCH without update_mask gets one that names the
/// fields of its body.
std::unique_ptr<google::protobuf::Message> read_request(const Binding& binding, const PathValues& path,
                                                        const http::Request& request);

/// 200 with the answer as JSON, or 204 when it is google.protobuf.Empty.
http::Response write_response(const google::protobuf::Message& answer);

}  // namespace centralita::gateway
