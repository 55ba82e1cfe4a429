#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>

#include "libs/base/clock.h"
#include "tests/support/simulator/callbacks.h"
#include "tests/support/simulator/provider.h"

namespace centralita::simulator {

/// Twilio's Messages resource, API version 2010-04-01, and its status callbacks.
class Twilio final : public Provider {
 public:
  std::string_view name() const override { return "twilio"; }
  bool owns(std::string_view path) const override;
  bool creates(const http::Request& request) const override;
  Reply answer(const http::Request& request, const Behaviour& behaviour) override;
  http::Response error(int status, const nlohmann::json& code) const override;
  void forget() override;

  struct Message {
    std::string sid;
    std::string to;
    std::string from;
    std::string service;  ///< The messaging service, when one was named.
    std::string body;
    int media = 0;
    Time created;
  };

 private:
  struct Account {
    std::deque<Message> messages;
    std::unordered_map<std::string, size_t> by_sid;
  };

  Reply create(const std::string& account, const std::string& auth_token, const http::Request& request,
               const Behaviour& behaviour);
  http::Response one(const std::string& account, const std::string& sid) const;
  http::Response list(const std::string& account, const http::Request& request) const;

  mutable std::mutex mutex_;
  std::map<std::string, Account, std::less<>> accounts_;
  Callbacks callbacks_;
};

}  // namespace centralita::simulator
