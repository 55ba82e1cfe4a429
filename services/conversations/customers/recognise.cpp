#include "services/conversations/customers/recognise.h"

#include <algorithm>

#include "centralita/conversations/v1/events.pb.h"
#include "conversations_sql.h"
#include "libs/base/id.h"
#include "services/conversations/customers/store.h"

namespace centralita::conversations {
namespace {

const Owner* strongest(const std::vector<Owner>& owners) {
  const auto found = std::find_if(owners.begin(), owners.end(), [](const Owner& o) { return !o.customer_id.empty(); });
  return found == owners.end() ? nullptr : &*found;
}

void create(bus::Tx& tx, const std::string& id, std::span<const Identity> identities, const std::string& name) {
  v1::Customer customer;
  customer.set_id(id);
  customer.set_name(name);
  customer.set_lifecycle(v1::Customer::LEAD);
  insert_customer(tx, customer, identities);
  v1::CustomerCreated created;
  *created.mutable_customer() = find_customer(tx, id).value();
  tx.publish(created);
}

}  // namespace

void learn(bus::Tx& tx, const std::string& customer_id, std::span<const Identity> identities,
           const std::string& profile_name) {
  auto customer = lock_customer(tx, customer_id).value();
  if (customer.name().empty()) customer.set_name(profile_name);
  add_identities(tx, customer_id, identities);
  const auto now = find_customer(tx, customer_id).value();
  std::vector<Identity> all;
  for (const auto& identity : now.identities()) all.push_back({identity.kind(), identity.value(), ""});
  update_customer(tx, customer, all);
  v1::CustomerUpdated updated;
  *updated.mutable_customer() = find_customer(tx, customer_id).value();
  tx.publish(updated);
}

std::optional<std::string> recognise(bus::Tx& tx, std::span<const Identity> identities, const std::string& profile_name,
                                     Stranger stranger) {
  auto owners = find_owners(tx, identities);
  if (strongest(owners) == nullptr) {
    if (stranger == Stranger::kStaysUnknown) return {};
    const auto id = new_id();
    add_identities(tx, id, identities);
    // Somebody who was taking one of them has committed by now, with a customer: then that is who it is.
    owners = find_owners(tx, identities);
    if (strongest(owners) == nullptr) {
      create(tx, id, identities, profile_name);
      return id;
    }
    tx.run(sql::move_identities, id, strongest(owners)->customer_id);
  }
  const auto owner = *strongest(owners);
  const auto has_all = std::none_of(owners.begin(), owners.end(), [](const Owner& o) { return o.customer_id.empty(); });
  if (!has_all || (owner.customer_name.empty() && !profile_name.empty()))
    learn(tx, owner.customer_id, identities, profile_name);
  return owner.customer_id;
}

}  // namespace centralita::conversations
