#include "libs/http/pending.h"

#include <algorithm>

#include "libs/base/log.h"
#include "libs/base/metrics.h"
#include "libs/http/engine.h"

namespace centralita::http {
namespace {

metrics::Gauge& running_gauge() {
  static auto& gauge = metrics::gauge("centralita_http_running", "HTTP requests under way.");
  return gauge;
}

metrics::Counter& answered(int status) {
  static const auto by_class = [] {
    std::array<metrics::Counter*, 5> counters{};
    for (size_t i = 0; i < counters.size(); ++i)
      counters[i] = &metrics::counter("centralita_http_requests_total", "HTTP requests answered.",
                                      {{"status", std::to_string(i + 1) + "xx"}});
    return counters;
  }();
  return *by_class[std::clamp(status / 100, 1, 5) - 1];
}

}  // namespace

int Running::add() {
  const std::lock_guard lock(mutex_);
  return ++count_;
}

void Running::remove() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) none_.notify_all();
}

bool Running::wait_until_none(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return none_.wait_until(lock, deadline, [&] { return count_ == 0; });
}

Pending::Pending(web::http::http_request message, std::shared_ptr<Running> running)
    : message_(std::move(message)),
      head_only_(message_.method() == "HEAD"),
      running_(std::move(running)),
      count_(running_->add()) {
  running_gauge().add(1);
}

Pending::~Pending() {
  if (!answered_) reply(problem(500, "NO_ANSWER", "The request was dropped without an answer."));
}

void Pending::reply(Response response) {
  if (answered_.exchange(true)) return;
  for (const auto& [name, value] : response.headers) {
    if (valid_header(name, value)) continue;
    log::error("http response with an invalid header", {{"header", name}});
    response = problem(500, "INVALID_HEADER", "The answer could not be written.");
    break;
  }
  answered(response.status).add();
  response.headers.erase("Content-Length");
  response.headers.erase("Transfer-Encoding");
  if (response.status == 204 || response.status == 304) response.body.clear();
  web::http::http_response answer(static_cast<web::http::status_code>(response.status));
  for (auto& [name, value] : response.headers) answer.headers()[name] = std::move(value);
  if (head_only_)
    answer.headers()["Content-Length"] = std::to_string(response.body.size());
  else
    static_cast<Exchange*>(message_._get_server_context())->body = std::move(response.body);
  message_.reply(answer).then([running = running_] {
    running_gauge().add(-1);
    running->remove();
  });
}

}  // namespace centralita::http
