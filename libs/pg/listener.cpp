#include <poll.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "libs/base/error.h"
#include "libs/base/log.h"
#include "libs/pg/connection.h"
#include "libs/pg/fault.h"

namespace centralita::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Ear final : public pqxx::notification_receiver {
 public:
  Ear(pqxx::connection_base& session, const std::string& channel, std::vector<std::string>& heard)
      : notification_receiver(session, channel), heard_(heard) {}
  void operator()(const std::string& payload, int) override { heard_.push_back(payload); }

 private:
  std::vector<std::string>& heard_;
};

milliseconds left(steady_clock::time_point end) {
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(end - steady_clock::now()));
}

}  // namespace

struct Listener::Impl {
  std::string dsn;
  std::vector<std::string> channels;
  std::unique_ptr<Connection> connection;
  std::vector<std::unique_ptr<Ear>> ears;
  std::vector<std::string> heard;

  ~Impl() { disconnect(); }

  void connect() {
    connection = std::make_unique<Connection>(SessionOptions{.dsn = dsn, .application_name = "centralita listener"});
    try {
      for (const auto& channel : channels) ears.push_back(std::make_unique<Ear>(connection->session(), channel, heard));
    } catch (const pqxx::pqxx_exception& failure) {
      throw to_fault(failure.base(), "listen").error;
    }
  }

  void disconnect() {
    ears.clear();
    connection.reset();
  }

  /// Tries until `end`.
  void reconnect(steady_clock::time_point end) {
    while (!connection) {
      try {
        connect();
        log::info("listening again", {});
      } catch (const Error&) {
        disconnect();
        if (left(end).count() == 0) return;
        std::this_thread::sleep_for(std::min(left(end), milliseconds(250)));
      }
    }
  }

  /// Takes what has come; false when the connection broke.
  bool take() {
    try {
      connection->session().get_notifs();
      return connection->session().is_open();
    } catch (const pqxx::pqxx_exception&) {
      return false;
    }
  }
};

Listener::Listener(const std::string& dsn, std::vector<std::string> channels) : impl_(std::make_unique<Impl>()) {
  impl_->dsn = dsn;
  impl_->channels = std::move(channels);
  impl_->connect();
}

Listener::~Listener() = default;

std::vector<std::string> Listener::wait(std::chrono::milliseconds at_most) {
  const auto end = steady_clock::now() + at_most;
  if (!impl_->connection) {
    // Back at once, with nothing: something may have been said in between.
    impl_->reconnect(end);
    return {};
  }
  for (bool more = true; more;) {
    if (!impl_->take()) {
      log::warn("the connection that listens broke", {});
      impl_->disconnect();
      break;
    }
    if (!impl_->heard.empty()) break;
    pollfd ready{impl_->connection->session().sock(), POLLIN, 0};
    more = poll(&ready, 1, static_cast<int>(left(end).count())) > 0;
  }
  return std::exchange(impl_->heard, {});
}

}  // namespace centralita::pg
