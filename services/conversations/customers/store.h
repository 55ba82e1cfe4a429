#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "centralita/conversations/v1/conversations.pb.h"
#include "libs/pg/pg.h"
#include "services/conversations/customers/identity.h"

/// The rows of customers and of their identities.
namespace centralita::conversations {

std::optional<v1::Customer> find_customer(pg::Tx& tx, const std::string& id);
/// Nobody else changes the customer until the transaction ends.
std::optional<v1::Customer> lock_customer(pg::Tx& tx, const std::string& id);
/// At most `limit` with an id below `before`, newest first; with a search_query only those that contain it.
std::vector<v1::Customer> list_customers(pg::Tx& tx, const std::string& before, int limit, const std::string& query);

/// Writes name and lifecycle, with `identities` for the search.
void insert_customer(pg::Tx& tx, const v1::Customer& customer, std::span<const Identity> identities);
void update_customer(pg::Tx& tx, const v1::Customer& customer, std::span<const Identity> identities);

/// Whose identity is whose: parallel to the identities asked for, empty where nobody has it.
struct Owner {
  std::string customer_id;
  std::string customer_name;
};
std::vector<Owner> find_owners(pg::Tx& tx, std::span<const Identity> identities);
/// Gives the customer those identities that nobody has. Waits for whoever is about to take one. The customer may be
/// stored later in the transaction.
void add_identities(pg::Tx& tx, const std::string& customer_id, std::span<const Identity> identities);
/// Gives the customer all of them. ALREADY_EXISTS when another customer has one.
void give_identities(pg::Tx& tx, const std::string& customer_id, std::span<const Identity> identities);
/// Takes all other identities from the customer.
void drop_other_identities(pg::Tx& tx, const std::string& customer_id, std::span<const Identity> kept);

}  // namespace centralita::conversations
