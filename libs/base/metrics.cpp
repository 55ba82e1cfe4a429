#include "libs/base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <memory>
#include <mutex>

namespace centralita::metrics {
namespace {

class CounterOf final : public Counter {
 public:
  explicit CounterOf(prometheus::Counter& real) : real_(real) {}
  void add(double by) override { real_.Increment(by); }

 private:
  prometheus::Counter& real_;
};

class GaugeOf final : public Gauge {
 public:
  explicit GaugeOf(prometheus::Gauge& real) : real_(real) {}
  void set(double value) override { real_.Set(value); }
  void add(double by) override { real_.Increment(by); }

 private:
  prometheus::Gauge& real_;
};

class HistogramOf final : public Histogram {
 public:
  explicit HistogramOf(prometheus::Histogram& real) : real_(real) {}
  void observe(double value) override { real_.Observe(value); }

 private:
  prometheus::Histogram& real_;
};

struct Registry {
  prometheus::Registry real;
  std::mutex mutex;
  std::map<std::pair<std::string, Labels>, std::unique_ptr<Counter>> counters;
  std::map<std::pair<std::string, Labels>, std::unique_ptr<Gauge>> gauges;
  std::map<std::pair<std::string, Labels>, std::unique_ptr<Histogram>> histograms;
};

Registry& registry() {
  static auto* const made = new Registry;  // outlives every thread that may still count while the process ends
  return *made;
}

/// The metric of this name and labels in `known`, made by `make` when it is new.
template <class Metric, class Make>
Metric& find_or_make(std::map<std::pair<std::string, Labels>, std::unique_ptr<Metric>> Registry::*known,
                     const std::string& name, const Labels& labels, Make make) {
  auto& all = registry();
  const std::lock_guard lock(all.mutex);
  auto& slot = (all.*known)[{name, labels}];
  if (!slot) slot = make(all.real);
  return *slot;
}

}  // namespace

Counter& counter(const std::string& name, const std::string& help, const Labels& labels) {
  return find_or_make(&Registry::counters, name, labels, [&](prometheus::Registry& real) {
    return std::make_unique<CounterOf>(prometheus::BuildCounter().Name(name).Help(help).Register(real).Add(labels));
  });
}

Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return find_or_make(&Registry::gauges, name, labels, [&](prometheus::Registry& real) {
    return std::make_unique<GaugeOf>(prometheus::BuildGauge().Name(name).Help(help).Register(real).Add(labels));
  });
}

Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels,
                     const std::vector<double>& bounds) {
  static const std::vector<double> kSeconds = {.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60};
  return find_or_make(&Registry::histograms, name, labels, [&](prometheus::Registry& real) {
    return std::make_unique<HistogramOf>(prometheus::BuildHistogram().Name(name).Help(help).Register(real).Add(
        labels, bounds.empty() ? kSeconds : bounds));
  });
}

std::string expose() { return prometheus::TextSerializer().Serialize(registry().real.Collect()); }

}  // namespace centralita::metrics
