#include "services/agent-orchestrator/knowledge/service.h"

#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/rpc/mask.h"
#include "libs/rpc/page.h"
#include "libs/rpc/serve.h"
#include "services/agent-orchestrator/knowledge/store.h"
#include "services/agent-orchestrator/limits.h"

namespace centralita::agents {
namespace {

constexpr char kNewestId[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

void check(const v1::KnowledgeEntry& entry) {
  require_text(entry.title(), "entry.title", 0, 300);
  require_text(entry.answer(), "entry.answer", 1, 8'000);
}

}  // namespace

grpc::Status KnowledgeService::ListKnowledgeEntries(grpc::ServerContext* context,
                                                    const v1::ListKnowledgeEntriesRequest* request,
                                                    v1::ListKnowledgeEntriesResponse* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const auto size = rpc::page_size(request->page_size());
    const auto token = rpc::read_page_token(request->page_token(), 1);
    const auto before = token ? token->front() : std::string(kNewestId);
    require(is_id(before), "pageToken", "must be a nextPageToken of an earlier answer to the same list");
    require_text(request->query(), "query", 0, 1'000);
    pg::Tx tx{pool_, call.tenant_id};
    if (!request->query().empty()) {
      // Best first is one page: what comes after two hundred better matches is no match.
      for (auto& found : search_entries(tx, request->query(), size)) *response->add_entries() = std::move(found.entry);
      return;
    }
    for (auto& entry : list_entries(tx, before, size + 1)) *response->add_entries() = std::move(entry);
    if (response->entries_size() <= size) return;
    response->mutable_entries()->RemoveLast();
    response->set_next_page_token(rpc::page_token({response->entries(size - 1).id()}));
  });
}

grpc::Status KnowledgeService::GetKnowledgeEntry(grpc::ServerContext* context,
                                                 const v1::GetKnowledgeEntryRequest* request,
                                                 v1::KnowledgeEntry* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    pg::Tx tx{pool_, call.tenant_id};
    auto entry = find_entry(tx, request->id());
    if (!entry) throw not_found("knowledge entry");
    *response = std::move(*entry);
  });
}

grpc::Status KnowledgeService::CreateKnowledgeEntry(grpc::ServerContext* context,
                                                    const v1::CreateKnowledgeEntryRequest* request,
                                                    v1::KnowledgeEntry* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    auto entry = request->entry();
    entry.set_id(new_id());
    check(entry);
    pg::Tx tx{pool_, call.tenant_id};
    *response = insert_entry(tx, entry);
    tx.commit();
  });
}

grpc::Status KnowledgeService::UpdateKnowledgeEntry(grpc::ServerContext* context,
                                                    const v1::UpdateKnowledgeEntryRequest* request,
                                                    v1::KnowledgeEntry* response) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    const rpc::Mask mask(request->update_mask(), request->entry());
    pg::Tx tx{pool_, call.tenant_id};
    auto entry = lock_entry(tx, request->entry().id());
    if (!entry) throw not_found("knowledge entry");
    if (mask.has("title")) entry->set_title(request->entry().title());
    if (mask.has("answer")) entry->set_answer(request->entry().answer());
    check(*entry);
    *response = update_entry(tx, *entry);
    tx.commit();
  });
}

grpc::Status KnowledgeService::DeleteKnowledgeEntry(grpc::ServerContext* context,
                                                    const v1::DeleteKnowledgeEntryRequest* request,
                                                    google::protobuf::Empty*) {
  return rpc::serve(context, *request, [&](const rpc::Call& call) {
    pg::Tx tx{pool_, call.tenant_id};
    if (!delete_entry(tx, request->id())) throw not_found("knowledge entry");
    tx.commit();
  });
}

}  // namespace centralita::agents
