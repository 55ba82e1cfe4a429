#pragma once

#include <memory>

#include "centralita/accounts/v1/accounts.grpc.pb.h"
#include "centralita/conversations/v1/conversations.grpc.pb.h"
#include "libs/base/caller.h"
#include "libs/bus/tx.h"
#include "services/conversations/customers/identity.h"

namespace centralita::conversations {

/// The people and companies that the tenant serves. Stateless; safe to call from any thread.
class CustomerService final : public v1::Customers::Service {
 public:
  /// `accounts` tells in which region a tenant's national phone numbers are.
  CustomerService(bus::Database database, std::shared_ptr<grpc::Channel> accounts);

  grpc::Status ListCustomers(grpc::ServerContext* context, const v1::ListCustomersRequest* request,
                             v1::ListCustomersResponse* response) override;
  grpc::Status GetCustomer(grpc::ServerContext* context, const v1::GetCustomerRequest* request,
                           v1::Customer* response) override;
  grpc::Status CreateCustomer(grpc::ServerContext* context, const v1::CreateCustomerRequest* request,
                              v1::Customer* response) override;
  grpc::Status UpdateCustomer(grpc::ServerContext* context, const v1::UpdateCustomerRequest* request,
                              v1::Customer* response) override;

 private:
  /// INVALID_ARGUMENT naming the identity that is malformed.
  std::vector<Identity> read_identities(const Caller& caller, const v1::Customer& customer) const;

  bus::Database database_;
  std::unique_ptr<accounts::v1::Tenants::Stub> tenants_;
};

}  // namespace centralita::conversations
