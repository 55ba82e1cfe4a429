#pragma once

#include "centralita/agents/v1/agents.grpc.pb.h"
#include "libs/pg/pg.h"

namespace centralita::agents {

/// What the tenant's agents know. Stateless; safe to call from any thread.
class KnowledgeService final : public v1::Knowledge::Service {
 public:
  explicit KnowledgeService(pg::Pool& pool) : pool_(pool) {}

  grpc::Status ListKnowledgeEntries(grpc::ServerContext* context, const v1::ListKnowledgeEntriesRequest* request,
                                    v1::ListKnowledgeEntriesResponse* response) override;
  grpc::Status GetKnowledgeEntry(grpc::ServerContext* context, const v1::GetKnowledgeEntryRequest* request,
                                 v1::KnowledgeEntry* response) override;
  grpc::Status CreateKnowledgeEntry(grpc::ServerContext* context, const v1::CreateKnowledgeEntryRequest* request,
                                    v1::KnowledgeEntry* response) override;
  grpc::Status UpdateKnowledgeEntry(grpc::ServerContext* context, const v1::UpdateKnowledgeEntryRequest* request,
                                    v1::KnowledgeEntry* response) override;
  grpc::Status DeleteKnowledgeEntry(grpc::ServerContext* context, const v1::DeleteKnowledgeEntryRequest* request,
                                    google::protobuf::Empty* response) override;

 private:
  pg::Pool& pool_;
};

}  // namespace centralita::agents
