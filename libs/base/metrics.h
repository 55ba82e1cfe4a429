#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Figures for Prometheus. Declare a metric beside the code that moves it:
///
///     static auto& accepted = metrics::counter("centralita_webhooks_total", "Webhooks answered.", {{"code", "200"}});
///     accepted.add();
///
/// The same name and labels give the same metric. Thread-safe; references live as long as the process.
namespace centralita::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double by = 1) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  virtual void add(double by) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
/// In seconds, from 1 ms to 60 s, unless other upper bounds are given.
Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels = {},
                     const std::vector<double>& bounds = {});

/// Everything, in Prometheus' text format.
std::string expose();

}  // namespace centralita::metrics
