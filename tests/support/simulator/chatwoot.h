#pragma once

#include <deque>
#include <map>
#include <mutex>

#include "tests/support/simulator/provider.h"

namespace centralita::simulator {

/// Chatwoot's application API: contacts, conversations and their messages. Every conversation with a number exists,
/// since tests write webhooks about conversations that were never made here.
class Chatwoot final : public Provider {
 public:
  std::string_view name() const override { return "chatwoot"; }
  bool owns(std::string_view path) const override;
  bool creates(const http::Request& request) const override;
  Reply answer(const http::Request& request, const Behaviour& behaviour) override;
  http::Response error(int status, const nlohmann::json& code) const override;
  void forget() override;

 private:
  using Json = nlohmann::json;

  struct Conversation {
    int64_t inbox_id = 1;
    int64_t contact_id = 0;
    std::string status = "open";
    Json labels = Json::array();
    Json assignee;
    Json team;
    int64_t created_at = 0;
    std::deque<Json> messages;  ///< Oldest first, as they are answered.
  };
  struct Account {
    std::map<int64_t, Json> contacts;
    std::map<int64_t, Conversation> conversations;
  };

  Reply contacts(Account& account, const std::vector<std::string>& rest, const http::Request& request);
  Reply create_contact(Account& account, const Json& body);
  Reply create_conversation(Account& account, int64_t account_id, const Json& body);
  Reply create_message(Conversation& conversation, int64_t id, const http::Request& request);
  Reply one_conversation(Account& account, int64_t id, const std::string& what, const http::Request& request);
  http::Response list_messages(const Account& account, int64_t id, const Form& query) const;
  Json message(const Conversation& conversation, int64_t id, const Json& body);
  Json described(const Account& account, int64_t account_id, int64_t id, const Conversation& conversation) const;
  http::Response list_conversations(const Account& account, int64_t account_id, const Form& query) const;

  std::mutex mutex_;
  std::map<int64_t, Account> accounts_;
  int64_t last_message_ = 10'000;
  int64_t last_conversation_ = 100'000;
  int64_t last_contact_ = 1'000;
};

}  // namespace centralita::simulator
