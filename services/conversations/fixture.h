#pragma once

#include <google/protobuf/util/message_differencer.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>

#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "centralita/conversations/v1/conversations.grpc.pb.h"
#include "centralita/conversations/v1/events.pb.h"
#include "centralita/messaging/v1/events.pb.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/channels/directory.h"
#include "libs/rpc/client.h"
#include "services/accounts/module.h"
#include "services/conversations/inbound/handler.h"
#include "services/conversations/messages/delivery.h"
#include "services/conversations/module.h"
#include "tests/support/eventually.h"
#include "tests/support/test_app.h"

/// What this service's tests share: it and accounts in this process, a business with a channel, and its customers.
namespace centralita::conversations::testing {

using accounts::v1::Channel;
using messaging::v1::InboundReceived;

/// Does the work again while it is aborted, as the consumer loop would.
inline void persist(const std::function<void()>& work) {
  for (int attempt = 0;; ++attempt) try {
      return work();
    } catch (const Error& error) {
      if (error.code() != Code::kAborted || attempt == 20) throw;
    }
}

/// A Twilio WhatsApp channel of a tenant.
struct Line {
  std::string tenant;
  std::string id;
};

struct Service {
  tests::TestApp app{{accounts::accounts_module(), conversations_module()}};
  std::unique_ptr<v1::Customers::Stub> customers = v1::Customers::NewStub(app.at("conversations"));
  std::unique_ptr<v1::Conversations::Stub> conversations = v1::Conversations::NewStub(app.at("conversations"));
  std::unique_ptr<v1::UnmatchedMessages::Stub> unmatched = v1::UnmatchedMessages::NewStub(app.at("conversations"));
  std::unique_ptr<accounts::v1::Channels::Stub> channels = accounts::v1::Channels::NewStub(app.at("accounts"));
  channels::Directory directory{app.at("accounts")};
  InboundHandler inbound{app.database(), directory};
  DeliveryHandler delivery{app.database()};

  Line new_line(const std::string& tenant, Channel::CustomerCreation creation = Channel::AUTOMATIC) {
    static std::atomic<int> next{0};
    accounts::v1::CreateChannelRequest request;
    auto& channel = *request.mutable_channel();
    channel.set_kind("twilio");
    channel.set_name("WhatsApp");
    channel.set_customer_creation(creation);
    (*channel.mutable_settings())["accountSid"] = "AC00000000000000000000000000000001";
    (*channel.mutable_settings())["address"] = "whatsapp:+57310000" + std::to_string(1000 + next++);
    (*channel.mutable_settings())["publicUrl"] = "https://chat.example.com";
    (*channel.mutable_credentials())["authToken"] = "secreto";
    const auto made = rpc::call<Channel>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return channels->CreateChannel(context, request, reply);
    });
    return {tenant, made.id()};
  }
  Line new_line() { return new_line(app.new_tenant()); }

  void change_line(const Line& line, const std::function<void(Channel&)>& change, const std::string& field) {
    accounts::v1::UpdateChannelRequest request;
    request.mutable_channel()->set_id(line.id);
    change(*request.mutable_channel());
    request.mutable_update_mask()->add_paths(field);
    rpc::call<Channel>(tests::staff(line.tenant),
                       [&](auto* context, auto* reply) { return channels->UpdateChannel(context, request, reply); });
    directory.forget(line.id);
  }

  /// What Twilio says when this phone writes.
  static InboundReceived text(const Line& line, const std::string& phone, const std::string& id,
                              const std::string& body) {
    InboundReceived inbound;
    inbound.set_channel_id(line.id);
    inbound.set_sender("whatsapp:" + phone);
    inbound.set_provider_message_id(id);
    add_identity(inbound, "phone", phone);
    add_identity(inbound, "whatsapp", phone.substr(1));
    inbound.mutable_content()->set_body(body);
    return inbound;
  }
  static void add_identity(InboundReceived& inbound, const std::string& kind, const std::string& value) {
    auto& identity = *inbound.add_identities();
    identity.set_kind(kind);
    identity.set_value(value);
  }

  void hear(const Line& line, const InboundReceived& message, const std::string& event_id = {}) {
    inbound.handle(
        bus::make_event(message, Caller::service("messaging-ingest", line.tenant, Trace::start()), event_id));
  }
  void say(const Line& line, const std::string& phone, const std::string& body) {
    hear(line, text(line, phone, "SM" + new_id(), body));
  }
  void deliver(const Line& line, const v1::Message& message, messaging::v1::DeliveryStatus status,
               const std::string& provider_message_id = {}) {
    messaging::v1::DeliveryUpdated updated;
    updated.set_message_id(message.id());
    updated.set_conversation_id(message.conversation_id());
    updated.set_status(status);
    updated.set_provider_message_id(provider_message_id);
    if (status == messaging::v1::FAILED) updated.mutable_failure()->set_reason("El número no existe.");
    const auto event = bus::make_event(updated, Caller::service("messaging-delivery", line.tenant, Trace::start()));
    persist([&] { delivery.handle(event); });
  }

  std::vector<v1::Conversation> list(const std::string& tenant, const v1::ListConversationsRequest& request = {}) {
    const auto page = rpc::call<v1::ListConversationsResponse>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return conversations->ListConversations(context, request, reply);
    });
    return {page.conversations().begin(), page.conversations().end()};
  }
  /// Oldest first.
  std::vector<v1::Message> messages(const std::string& tenant, const std::string& conversation_id) {
    v1::ListMessagesRequest request;
    request.set_conversation_id(conversation_id);
    request.set_page_size(200);
    const auto page = rpc::call<v1::ListMessagesResponse>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return conversations->ListMessages(context, request, reply);
    });
    std::vector<v1::Message> all(page.messages().begin(), page.messages().end());
    std::reverse(all.begin(), all.end());
    return all;
  }
  std::vector<v1::Customer> all_customers(const std::string& tenant, const std::string& query = {}) {
    v1::ListCustomersRequest request;
    request.set_query(query);
    const auto page = rpc::call<v1::ListCustomersResponse>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return customers->ListCustomers(context, request, reply);
    });
    return {page.customers().begin(), page.customers().end()};
  }
  v1::Message send(const Caller& caller, const v1::SendMessageRequest& request) {
    return rpc::call<v1::Message>(
        caller, [&](auto* context, auto* reply) { return conversations->SendMessage(context, request, reply); });
  }
  v1::Message send(const std::string& tenant, const std::string& conversation_id, const std::string& body) {
    v1::SendMessageRequest request;
    request.set_conversation_id(conversation_id);
    request.set_body(body);
    return send(tests::staff(tenant), request);
  }
  v1::Conversation get(const std::string& tenant, const std::string& id) {
    v1::GetConversationRequest request;
    request.set_id(id);
    return rpc::call<v1::Conversation>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return conversations->GetConversation(context, request, reply);
    });
  }
  /// HandOver, HandBack, MarkRead, Resolve: what names a conversation and returns it.
  template <class Request>
  v1::Conversation act(const std::string& tenant, const std::string& id,
                       grpc::Status (v1::Conversations::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                       v1::Conversation*)) {
    Request request;
    request.set_id(id);
    return rpc::call<v1::Conversation>(tests::staff(tenant), [&](auto* context, auto* reply) {
      return (conversations.get()->*method)(context, request, reply);
    });
  }
};

/// The Error that this throws.
template <class Body>
Error error_of(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was refused");
  throw;
}

/// The same work from many threads at once.
inline void at_once(int threads, int times, const std::function<void(int)>& work) {
  std::vector<std::jthread> running;
  std::atomic<int> next{0};
  std::mutex mutex;
  std::vector<std::string> failures;
  for (int t = 0; t < threads; ++t)
    running.emplace_back([&] {
      for (int i = next++; i < times; i = next++) try {
          persist([&] { work(i); });
        } catch (const Error& error) {
          const std::lock_guard lock(mutex);
          failures.push_back(error.reason() + ": " + error.message());
        }
    });
  running.clear();
  CHECK(failures == std::vector<std::string>{});
}

/// Events of some topics, from the moment it is made.
class Heard {
 public:
  Heard(Service& service, std::vector<std::string> topics)
      : subscription_(service.app.database().bus->subscribe({.group = "test-" + new_id(), .topics = std::move(topics)},
                                                            [this](const bus::Event& event) {
                                                              const std::lock_guard lock(mutex_);
                                                              events_.push_back(event);
                                                            })) {}

  /// The events of this kind, when there are at least so many.
  template <class Event>
  std::vector<Event> all(size_t at_least) {
    std::vector<Event> found;
    tests::eventually(std::to_string(at_least) + " events", [&] {
      found.clear();
      const std::lock_guard lock(mutex_);
      for (const auto& event : events_)
        if (event.type == Event::descriptor()->full_name()) found.push_back(bus::parse<Event>(event));
      return found.size() >= at_least;
    });
    return found;
  }

 private:
  std::mutex mutex_;
  std::vector<bus::Event> events_;
  std::unique_ptr<bus::Subscription> subscription_;
};

}  // namespace centralita::conversations::testing
