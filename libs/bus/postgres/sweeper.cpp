#include "libs/bus/postgres/sweeper.h"

#include <pthread.h>

#include "bus_sql.h"
#include "libs/base/error.h"
#include "libs/base/log.h"

namespace centralita::bus {
namespace {

constexpr std::chrono::minutes kEvery{10};
constexpr std::chrono::milliseconds kBetweenBatches{50};
constexpr int kBatch = 1'000;  // Rows of each partition.

}  // namespace

Sweeper::Sweeper(pg::Pool& pool, std::chrono::hours retention)
    : pool_(pool), retention_(retention), thread_([this] { work(); }) {}

Sweeper::~Sweeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Sweeper::work() {
  pthread_setname_np(pthread_self(), "bus-sweep");
  std::chrono::milliseconds pause{0};
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, pause, [this] { return stopping_; })) {
    lock.unlock();
    pause = sweep() > 0 ? kBetweenBatches : kEvery;
    lock.lock();
  }
}

int64_t Sweeper::sweep() {
  try {
    pg::Tx tx(pool_, "");
    const auto age = retention_.count();
    const auto deleted = tx.one(sql::sweep, age, 2 * age, 3 * age, kBatch).number("deleted");
    tx.commit();
    return deleted;
  } catch (const Error& error) {
    log::warn("old events cannot be deleted yet", {{"reason", error.reason()}});
    return 0;
  }
}

}  // namespace centralita::bus
