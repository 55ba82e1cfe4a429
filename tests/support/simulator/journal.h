#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/http/message.h"

namespace centralita::simulator {

/// What the providers received, in the order in which they dealt with it. Thread-safe.
class Journal {
 public:
  /// `status` is 0 when the request was not answered; `accepted` says whether it created something.
  void add(Time at, std::string_view provider, const http::Request& request, int status, bool accepted);

  /// The number of the last one, from 1; 0 when there is none. `provider` empty: of any.
  int64_t last(std::string_view provider) const;
  /// A JSON array of those with a greater number than `after`.
  std::string after(int64_t after, std::string_view provider) const;
  /// Forgets everything; numbers go on rising.
  void forget();

 private:
  struct Entry;

  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const Entry>> entries_;
  int64_t forgotten_ = 0;
  std::map<std::string, int64_t, std::less<>> last_;
  std::set<std::string, std::less<>> words_;  ///< Paths and headers, which repeat: kept once, and for good.
};

}  // namespace centralita::simulator
