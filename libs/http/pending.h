#pragma once

#include <cpprest/http_msg.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "libs/http/message.h"

namespace centralita::http {

/// How many of something are under way. Thread-safe.
class Running {
 public:
  /// The number including the new one.
  int add();
  void remove();
  /// False when the deadline came first.
  bool wait_until_none(std::chrono::steady_clock::time_point deadline);

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  int count_ = 0;
};

/// A request that waits for its answer and gets exactly one: the first reply, or 500 when this goes without any. It
/// counts as running until the answer is written.
class Pending {
 public:
  Pending(web::http::http_request message, std::shared_ptr<Running> running);
  ~Pending();
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  /// Only before the reply.
  web::http::http_request& message() { return message_; }
  /// Requests that were under way when this one came, itself included.
  int count() const { return count_; }
  /// From any thread.
  void reply(Response response);

 private:
  web::http::http_request message_;
  const bool head_only_;
  std::shared_ptr<Running> running_;
  const int count_;
  std::atomic<bool> answered_ = false;
};

}  // namespace centralita::http
