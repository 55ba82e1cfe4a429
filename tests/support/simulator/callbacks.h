#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libs/http/client.h"

namespace centralita::simulator {

/// Posts forms to webhooks, signed as Twilio does. Thread-safe; a thread of its own and that of its client.
class Callbacks {
 public:
  Callbacks();
  /// Drops what has not been posted.
  ~Callbacks();
  Callbacks(const Callbacks&) = delete;
  Callbacks& operator=(const Callbacks&) = delete;

  /// Posts the forms one after another, the first after a pause and each next a pause after its predecessor was
  /// answered with success, or was refused five times. Only to http:// addresses of this machine; others are not
  /// called.
  void post(std::string url, std::string auth_token, std::vector<Form> forms);

 private:
  using Moment = std::chrono::steady_clock::time_point;
  struct Series;
  void run();
  void call(std::shared_ptr<Series> series);
  void schedule(Moment due, std::shared_ptr<Series> series);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::multimap<Moment, std::shared_ptr<Series>> due_;
  http::Client client_{{.allow_private_addresses = true}};
  std::thread thread_;
};

}  // namespace centralita::simulator
