#include "services/conversations/partitions.h"

#include <pthread.h>

#include "conversations_sql.h"
#include "libs/base/error.h"
#include "libs/base/log.h"

namespace centralita::conversations {
namespace {

constexpr int kMonthsAhead = 3;

}  // namespace

Partitions::Partitions(pg::Pool& pool) : pool_(pool) {
  ensure();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Partitions::~Partitions() = default;

void Partitions::ensure() {
  pg::Tx tx{pool_, ""};
  tx.one(sql::ensure_partitions, kMonthsAhead);
  tx.commit();
}

void Partitions::run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "partitions");
  std::unique_lock lock(mutex_);
  while (!woken_.wait_for(lock, stop, std::chrono::hours{24}, [&] { return stop.stop_requested(); })) {
    try {
      ensure();
    } catch (const Error& error) {
      // Tomorrow is soon enough: months ahead are there, and the default partition takes what has none.
      log::error("partitions could not be made", {{"reason", error.reason()}, {"why", error.message()}});
    }
  }
}

}  // namespace centralita::conversations
