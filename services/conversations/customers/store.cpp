#include "services/conversations/customers/store.h"

#include <unordered_map>

#include "conversations_sql.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/rpc/time.h"

namespace centralita::conversations {
namespace {

v1::Customer to_customer(const pg::Row& row) {
  v1::Customer customer;
  customer.set_id(row.text("id"));
  customer.set_name(row.text("name"));
  v1::Customer::Lifecycle lifecycle{};
  v1::Customer::Lifecycle_Parse(row.text("lifecycle"), &lifecycle);
  customer.set_lifecycle(lifecycle);
  *customer.mutable_created_at() = rpc::to_proto(row.time("created_at"));
  *customer.mutable_updated_at() = rpc::to_proto(row.time("updated_at"));
  return customer;
}

void add_identities_to(pg::Tx& tx, std::span<v1::Customer> customers) {
  std::unordered_map<std::string, v1::Customer*> by_id;
  std::vector<std::string> ids;
  for (auto& customer : customers) {
    by_id[customer.id()] = &customer;
    ids.push_back(customer.id());
  }
  const auto rows = tx.all(sql::identities_of, {pg::Param::array(ids)});
  for (const auto row : rows) {
    auto& identity = *by_id.at(row.text("customer_id"))->add_identities();
    identity.set_kind(row.text("kind"));
    identity.set_value(row.text("value"));
  }
}

std::optional<v1::Customer> whole(pg::Tx& tx, const std::optional<pg::Row>& row) {
  if (!row) return {};
  auto customer = to_customer(*row);
  add_identities_to(tx, {&customer, 1});
  return customer;
}

/// The columns of identities, as arrays for unnest.
struct Columns {
  explicit Columns(std::span<const Identity> identities) {
    for (const auto& identity : identities) {
      kinds.push_back(identity.kind);
      matches.push_back(identity.match);
      values.push_back(identity.value);
    }
  }
  std::vector<std::string> kinds, matches, values;
};

}  // namespace

std::optional<v1::Customer> find_customer(pg::Tx& tx, const std::string& id) {
  if (!is_id(id)) return {};
  return whole(tx, tx.maybe(sql::find_customer, id));
}

std::optional<v1::Customer> lock_customer(pg::Tx& tx, const std::string& id) {
  if (!is_id(id)) return {};
  return whole(tx, tx.maybe(sql::lock_customer, id));
}

std::vector<v1::Customer> list_customers(pg::Tx& tx, const std::string& before, int limit, const std::string& query) {
  const auto rows =
      query.empty() ? tx.all(sql::list_customers, before, limit) : tx.all(sql::search_customers, before, limit, query);
  std::vector<v1::Customer> customers;
  for (const auto row : rows) customers.push_back(to_customer(row));
  add_identities_to(tx, customers);
  return customers;
}

void insert_customer(pg::Tx& tx, const v1::Customer& customer, std::span<const Identity> identities) {
  tx.run(sql::insert_customer, customer.id(), tx.tenant_id(), customer.name(),
         v1::Customer::Lifecycle_Name(customer.lifecycle()), search_text(customer.name(), identities));
}

void update_customer(pg::Tx& tx, const v1::Customer& customer, std::span<const Identity> identities) {
  tx.run(sql::update_customer, customer.id(), customer.name(), v1::Customer::Lifecycle_Name(customer.lifecycle()),
         search_text(customer.name(), identities));
}

std::vector<Owner> find_owners(pg::Tx& tx, std::span<const Identity> identities) {
  const Columns columns(identities);
  const auto rows = tx.all(sql::find_owners, {pg::Param::array(columns.kinds), pg::Param::array(columns.matches)});
  std::vector<Owner> owners(identities.size());
  for (const auto row : rows)
    for (size_t i = 0; i < identities.size(); ++i)
      if (identities[i].kind == row.text("kind") && identities[i].match == row.text("match"))
        owners[i] = {row.text("customer_id"), row.text("name")};
  return owners;
}

void add_identities(pg::Tx& tx, const std::string& customer_id, std::span<const Identity> identities) {
  const Columns columns(identities);
  tx.run(sql::add_identities, {tx.tenant_id(), customer_id, pg::Param::array(columns.kinds),
                               pg::Param::array(columns.matches), pg::Param::array(columns.values)});
}

void give_identities(pg::Tx& tx, const std::string& customer_id, std::span<const Identity> identities) {
  add_identities(tx, customer_id, identities);
  for (const auto& owner : find_owners(tx, identities))
    if (owner.customer_id != customer_id)
      throw Error(Code::kAlreadyExists, "IDENTITY_TAKEN", "Another customer has one of the identities.");
}

void drop_other_identities(pg::Tx& tx, const std::string& customer_id, std::span<const Identity> kept) {
  const Columns columns(kept);
  tx.run(sql::drop_other_identities, {customer_id, pg::Param::array(columns.kinds), pg::Param::array(columns.matches)});
}

}  // namespace centralita::conversations
