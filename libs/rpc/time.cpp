#include "libs/rpc/time.h"

#include "libs/base/error.h"

namespace centralita::rpc {

using std::chrono::floor, std::chrono::seconds, std::chrono::nanoseconds, std::chrono::microseconds;

google::protobuf::Timestamp to_proto(Time time) {
  const auto whole = floor<seconds>(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(whole.time_since_epoch().count());
  timestamp.set_nanos(static_cast<int>(nanoseconds(time - whole).count()));
  return timestamp;
}

Time to_time(const google::protobuf::Timestamp& timestamp) {
  constexpr int64_t kFirst = -62'135'596'800;  // 0001-01-01T00:00:00Z
  constexpr int64_t kLast = 253'402'300'799;   // 9999-12-31T23:59:59Z
  if (timestamp.seconds() < kFirst || timestamp.seconds() > kLast || timestamp.nanos() < 0 ||
      timestamp.nanos() > 999'999'999)
    throw Error(Code::kInvalidArgument, "INVALID_TIME", "A time lies outside the years 1 to 9999.");
  return Time(seconds(timestamp.seconds())) + floor<microseconds>(nanoseconds(timestamp.nanos()));
}

}  // namespace centralita::rpc
