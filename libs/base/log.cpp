#include "libs/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/trace.h"

namespace centralita::log {
namespace {

std::atomic<Level> threshold{Level::kInfo};
std::string service_name;

spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("json", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

void write(Level level, std::string_view name, std::string_view phrase, Fields fields) {
  if (level < threshold.load(std::memory_order_relaxed)) return;
  nlohmann::ordered_json line = {{"time", format_time(SystemClock{}.now())}, {"level", name}, {"message", phrase}};
  if (!service_name.empty()) line["service"] = service_name;
  if (const auto& trace = TraceScope::current(); !trace.trace_id.empty()) line["trace_id"] = trace.trace_id;
  for (const auto& field : fields)
    std::visit([&](const auto& value) { line[std::string(field.key)] = value; }, field.value);
  sink().info(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

void debug(std::string_view phrase, Fields fields) { write(Level::kDebug, "debug", phrase, fields); }
void info(std::string_view phrase, Fields fields) { write(Level::kInfo, "info", phrase, fields); }
void warn(std::string_view phrase, Fields fields) { write(Level::kWarn, "warn", phrase, fields); }
void error(std::string_view phrase, Fields fields) { write(Level::kError, "error", phrase, fields); }

void configure(Level level, std::string_view service) {
  threshold = level;
  service_name = service;
}

Level parse_level(std::string_view text) {
  if (text == "debug") return Level::kDebug;
  if (text == "info") return Level::kInfo;
  if (text == "warn") return Level::kWarn;
  if (text == "error") return Level::kError;
  if (text == "off") return Level::kOff;
  throw Error(Code::kInvalidArgument, "BAD_LOG_LEVEL", "The log level is one of debug, info, warn, error, off.");
}

std::string masked(std::string_view address) {
  if (address.size() <= 2) return std::string(address.size(), '*');
  return std::string(address.size() - 2, '*') + std::string(address.substr(address.size() - 2));
}

}  // namespace centralita::log
