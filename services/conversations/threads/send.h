#pragma once

#include <memory>

#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "centralita/conversations/v1/conversations.pb.h"
#include "libs/bus/tx.h"
#include "libs/channels/directory.h"
#include "libs/rpc/serve.h"

namespace centralita::conversations {

/// Sends messages of the tenant: stores them and says that they are to be delivered. Thread-safe.
class Sender {
 public:
  /// `accounts` is asked for the tenant's channels where the caller names none.
  Sender(bus::Database database, channels::Directory& directory, std::shared_ptr<grpc::Channel> accounts);

  /// See SendMessage in the proto.
  v1::Message send(const rpc::Call& call, const v1::SendMessageRequest& request);

 private:
  using Resolved = std::shared_ptr<const channels::Resolved>;
  Resolved channel_of(const Caller& service, const std::string& conversation_id) const;
  Resolved first_channel(const Caller& service, const std::string& medium) const;

  bus::Database database_;
  channels::Directory& directory_;
  std::unique_ptr<accounts::v1::Channels::Stub> channels_;
};

}  // namespace centralita::conversations
