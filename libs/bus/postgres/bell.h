#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libs/pg/pg.h"

namespace centralita::bus {

/// Wakes who waits for a word: those of this process at once, those of others by NOTIFY. A word is "topic:<name>"
/// (there are new events) or "group:<name>" (its members have changed). Thread-safe.
///
/// NOTIFY takes a lock that all committing notifiers of the server share, so it is never part of a transaction that
/// matters: words are gathered for a few milliseconds and said in one small transaction of their own.
class Bell {
 public:
  using Wake = std::function<void(const std::string& word)>;

  /// While it exists, `wake` is called for its words, from any thread; it must be quick.
  class Ear {
   public:
    Ear(Bell& bell, std::set<std::string> words, Wake wake);
    ~Ear();
    Ear(const Ear&) = delete;
    Ear& operator=(const Ear&) = delete;

   private:
    friend class Bell;
    Bell& bell_;
    const std::set<std::string> words_;
    const Wake wake_;
  };

  Bell(pg::Pool& pool, std::string dsn);
  ~Bell();

  void ring(const std::set<std::string>& words);

 private:
  void wake(const std::set<std::string>& words);
  void speak();
  void listen();

  pg::Pool& pool_;
  const std::string dsn_;
  const std::string me_;

  std::mutex ears_mutex_;
  std::set<Ear*> ears_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> unsaid_;
  bool stopping_ = false;
  std::thread speaker_;
  std::thread listener_;  ///< From the first ear on.
};

}  // namespace centralita::bus
