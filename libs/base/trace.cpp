#include "libs/base/trace.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "libs/base/encoding.h"

namespace centralita {
namespace {

thread_local Trace current_trace;

template <size_t kBytes>
std::string random_hex() {
  std::array<unsigned char, kBytes> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool is_id(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }) &&
         text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

Trace Trace::start() { return {random_hex<16>(), random_hex<8>()}; }

Trace Trace::parse(std::string_view traceparent) {
  // version "-" trace-id "-" parent-id "-" flags
  if (traceparent.size() < 55 || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-')
    return start();
  const auto trace_id = traceparent.substr(3, 32);
  const auto span_id = traceparent.substr(36, 16);
  if (!is_id(trace_id) || !is_id(span_id)) return start();
  return {std::string(trace_id), std::string(span_id)};
}

Trace Trace::next() const { return {trace_id, random_hex<8>()}; }

std::string Trace::header() const { return "00-" + trace_id + "-" + span_id + "-01"; }

TraceScope::TraceScope(Trace trace) : former_(std::move(current_trace)) { current_trace = std::move(trace); }
TraceScope::~TraceScope() { current_trace = std::move(former_); }
const Trace& TraceScope::current() { return current_trace; }

}  // namespace centralita
