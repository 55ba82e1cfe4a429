#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "libs/pg/connection.h"
#include "libs/pg/pg.h"

namespace centralita::pg {

/// Places, first come first served, and the connections that nobody holds. Who has a place may hold a connection.
struct Pool::Impl {
  explicit Impl(PoolOptions given);

  /// Right to one connection; given up when destroyed.
  class Place {
   public:
    /// RESOURCE_EXHAUSTED when none is free in time.
    explicit Place(Impl& pool);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    Impl& pool_;
  };

  /// A connection that has done `sql` in one round trip; one that broke while nobody used it is replaced once.
  std::unique_ptr<Connection> begin(const std::string& sql);
  std::unique_ptr<Connection> open() const;
  /// Keeps it for the next one unless it is spoilt.
  void put(std::unique_ptr<Connection> connection);

  /// Nothing when there is none.
  std::unique_ptr<Connection> take_idle();

  struct Waiter {
    std::condition_variable changed;
    bool has_place = false;
  };

  const PoolOptions options;
  std::mutex mutex;
  std::vector<std::unique_ptr<Connection>> idle;
  int places_taken = 0;
  std::deque<Waiter*> waiters;

  std::mutex probe_mutex;
  std::unique_ptr<Connection> probe;  ///< Of its own: a busy pool is alive too.
};

}  // namespace centralita::pg
