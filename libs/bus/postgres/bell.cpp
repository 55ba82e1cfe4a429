#include "libs/bus/postgres/bell.h"

#include <pthread.h>

#include <algorithm>
#include <sstream>

#include "bus_sql.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/base/log.h"

namespace centralita::bus {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGather{5};
constexpr milliseconds kLook{100};
constexpr size_t kLongestPayload = 7'900;  // PostgreSQL takes less than 8,000 bytes.

}  // namespace

Bell::Ear::Ear(Bell& bell, std::set<std::string> words, Wake wake)
    : bell_(bell), words_(std::move(words)), wake_(std::move(wake)) {
  const std::lock_guard lock(bell_.ears_mutex_);
  bell_.ears_.insert(this);
  if (!bell_.listener_.joinable()) bell_.listener_ = std::thread([&bell] { bell.listen(); });
}

Bell::Ear::~Ear() {
  const std::lock_guard lock(bell_.ears_mutex_);
  bell_.ears_.erase(this);
}

Bell::Bell(pg::Pool& pool, std::string dsn) : pool_(pool), dsn_(std::move(dsn)), me_(new_id()) {
  speaker_ = std::thread([this] { speak(); });
}

Bell::~Bell() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  speaker_.join();
  if (listener_.joinable()) listener_.join();
}

void Bell::ring(const std::set<std::string>& words) {
  wake(words);
  {
    const std::lock_guard lock(mutex_);
    unsaid_.insert(words.begin(), words.end());
  }
  changed_.notify_all();
}

void Bell::wake(const std::set<std::string>& words) {
  const std::lock_guard lock(ears_mutex_);
  for (auto* ear : ears_)
    for (const auto& word : words)
      if (ear->words_.contains(word)) ear->wake_(word);
}

void Bell::speak() {
  pthread_setname_np(pthread_self(), "bus-speak");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !unsaid_.empty(); });
    if (unsaid_.empty()) return;
    if (!stopping_) changed_.wait_for(lock, kGather, [this] { return stopping_; });
    std::string payload = me_;
    while (!unsaid_.empty() && payload.size() + 1 + unsaid_.begin()->size() < kLongestPayload)
      payload += '\n' + unsaid_.extract(unsaid_.begin()).value();
    lock.unlock();
    try {
      pg::Tx tx(pool_, "");
      tx.all(sql::ring, payload);
      tx.commit();
    } catch (const Error& error) {
      // Nobody depends on it: the others look now and then.
      log::debug("the others were not told", {{"reason", error.reason()}});
    }
    lock.lock();
  }
}

void Bell::listen() {
  pthread_setname_np(pthread_self(), "bus-listen");
  std::unique_ptr<pg::Listener> listener;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    try {
      if (!listener) listener = std::make_unique<pg::Listener>(dsn_, std::vector<std::string>{"centralita_bus"});
      for (const auto& payload : listener->wait(kLook)) {
        std::istringstream lines(payload);
        std::string from;
        std::getline(lines, from);
        if (from == me_) continue;
        std::set<std::string> words;
        for (std::string word; std::getline(lines, word);) words.insert(word);
        wake(words);
      }
    } catch (const Error& error) {
      log::debug("cannot listen yet", {{"reason", error.reason()}});
    }
    lock.lock();
    if (!listener) changed_.wait_for(lock, kLook, [this] { return stopping_; });
  }
}

}  // namespace centralita::bus
