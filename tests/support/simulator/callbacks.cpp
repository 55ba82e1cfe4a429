#include "tests/support/simulator/callbacks.h"

#include <pthread.h>

#include <algorithm>

#include "libs/security/security.h"

namespace centralita::simulator {
namespace {

constexpr std::chrono::milliseconds kPause{50};
constexpr std::chrono::milliseconds kRetryAfter{200};
constexpr int kMostAttempts = 5;

bool is_here(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return false;
  auto host = url.substr(kScheme.size());
  host = host.substr(0, host.find_first_of("/?#"));
  if (host.find('@') != std::string_view::npos) return false;
  if (host.starts_with("[::1]")) return true;
  host = host.substr(0, host.find(':'));
  return host == "localhost" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

/// https://www.twilio.com/docs/usage/security: the URL, then each parameter's name and value in order.
std::string signature(const std::string& auth_token, std::string data, Form form) {
  std::sort(form.begin(), form.end());
  for (const auto& [name, value] : form) data += name + value;
  return to_base64(security::hmac_sha1(auth_token, data));
}

}  // namespace

struct Callbacks::Series {
  std::string url;
  std::string auth_token;
  std::vector<Form> forms;
  size_t next = 0;
  int attempts = 0;
};

Callbacks::Callbacks() : thread_([this] { run(); }) { pthread_setname_np(thread_.native_handle(), "sim-callbacks"); }

Callbacks::~Callbacks() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Callbacks::post(std::string url, std::string auth_token, std::vector<Form> forms) {
  if (forms.empty() || !is_here(url)) return;
  schedule(std::chrono::steady_clock::now() + kPause,
           std::make_shared<Series>(std::move(url), std::move(auth_token), std::move(forms)));
}

void Callbacks::schedule(Moment due, std::shared_ptr<Series> series) {
  {
    const std::lock_guard lock(mutex_);
    due_.emplace(due, std::move(series));
  }
  changed_.notify_all();
}

void Callbacks::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (due_.empty()) {
      changed_.wait(lock);
    } else if (const auto first = due_.begin(); first->first > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, Moment(first->first));
    } else {
      auto series = std::move(first->second);
      due_.erase(first);
      lock.unlock();
      call(std::move(series));
      lock.lock();
    }
  }
}

void Callbacks::call(std::shared_ptr<Series> series) {
  const auto& form = series->forms[series->next];
  http::ClientRequest request;
  request.method = "POST";
  request.url = series->url;
  request.headers["Content-Type"] = "application/x-www-form-urlencoded";
  request.headers["X-Twilio-Signature"] = signature(series->auth_token, series->url, form);
  request.body = format_form(form);
  client_.send(std::move(request), [this, series](const http::ClientResponse& response) {
    const auto now = std::chrono::steady_clock::now();
    if (!response.ok() && ++series->attempts < kMostAttempts)
      return schedule(now + kRetryAfter * series->attempts, series);
    series->attempts = 0;
    if (++series->next < series->forms.size()) schedule(now + kPause, series);
  });
}

}  // namespace centralita::simulator
