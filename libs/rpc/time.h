#pragma once

#include <google/protobuf/timestamp.pb.h>

#include "libs/base/clock.h"

namespace centralita::rpc {

google::protobuf::Timestamp to_proto(Time time);

/// To the microsecond, rounded down. INVALID_ARGUMENT outside the years 1 to 9999.
Time to_time(const google::protobuf::Timestamp& timestamp);

}  // namespace centralita::rpc
