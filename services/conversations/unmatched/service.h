#pragma once

#include "centralita/conversations/v1/conversations.grpc.pb.h"
#include "libs/bus/tx.h"
#include "libs/channels/directory.h"

namespace centralita::conversations {

/// What arrived from somebody whom the tenant does not know. Stateless; safe to call from any thread.
class UnmatchedService final : public v1::UnmatchedMessages::Service {
 public:
  UnmatchedService(bus::Database database, channels::Directory& directory)
      : database_(database), directory_(directory) {}

  grpc::Status ListUnmatchedMessages(grpc::ServerContext* context, const v1::ListUnmatchedMessagesRequest* request,
                                     v1::ListUnmatchedMessagesResponse* response) override;
  grpc::Status LinkUnmatchedMessage(grpc::ServerContext* context, const v1::LinkUnmatchedMessageRequest* request,
                                    v1::Customer* response) override;

 private:
  bus::Database database_;
  channels::Directory& directory_;
};

}  // namespace centralita::conversations
