#pragma once

#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "libs/pg/pg.h"

/// A small schema that the tests of this library share.
namespace centralita::pg::sample {

inline constexpr Migration kMigrations[] = {
    {1, "shop", R"sql(
CREATE TABLE label (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL DEFAULT centralita.tenant(),
  name text NOT NULL CHECK (name <> ''),
  parent_id uuid REFERENCES label,
  CONSTRAINT label_name_taken UNIQUE (tenant_id, name)
);
SELECT centralita.protect('label');
CREATE TABLE value (
  words text, bytes bytea, whole bigint, real double precision, yes boolean, at timestamptz,
  texts text[], blobs bytea[], wholes bigint[], ids uuid[]
);
)sql",
     "DROP TABLE value; DROP TABLE label;"},
};

inline constexpr Statement insert_label{"shop.insert_label", "INSERT INTO shop.label (id, name) VALUES ($1, $2)"};
inline constexpr Statement insert_label_of{"shop.insert_label_of",
                                           "INSERT INTO shop.label (id, name, tenant_id) VALUES ($1, $2, $3)"};
inline constexpr Statement insert_child{"shop.insert_child",
                                        "INSERT INTO shop.label (id, name, parent_id) VALUES ($1, $2, $3)"};
inline constexpr Statement rename_label{"shop.rename_label", "UPDATE shop.label SET name = $2 WHERE id = $1"};
inline constexpr Statement all_labels{"shop.all_labels", "SELECT * FROM shop.label ORDER BY name"};
inline constexpr Statement delete_labels{"shop.delete_labels", "DELETE FROM shop.label"};
inline constexpr Statement sleep{"shop.sleep", "SELECT pg_sleep($1)"};
inline constexpr Statement kill_others{"shop.kill_others",
                                       "SELECT count(pg_terminate_backend(pid, 5000)) AS killed FROM pg_stat_activity "
                                       "WHERE datname = current_database() AND usename = current_user "
                                       "AND pid <> pg_backend_pid()"};
inline constexpr Statement notify{"shop.notify", "SELECT pg_notify($1, $2)"};

inline constexpr Statement kStatements[] = {insert_label,  insert_label_of, insert_child, rename_label, all_labels,
                                            delete_labels, sleep,           kill_others,  notify};
inline constexpr Schema schema{"shop", kStatements, kMigrations};

/// The Error that `act` throws; fails the test when it throws none.
template <class Act>
Error error_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  throw;
}

}  // namespace centralita::pg::sample
