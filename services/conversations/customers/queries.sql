-- name: insert_customer
INSERT INTO conversations.customer (id, tenant_id, name, lifecycle, search) VALUES ($1, $2, $3, $4, $5);

-- name: find_customer
SELECT id, name, lifecycle, created_at, updated_at FROM conversations.customer WHERE id = $1;

-- name: lock_customer
SELECT id, name, lifecycle, created_at, updated_at FROM conversations.customer WHERE id = $1 FOR NO KEY UPDATE;

-- name: update_customer
UPDATE conversations.customer SET name = $2, lifecycle = $3, search = $4, updated_at = now() WHERE id = $1;

-- name: list_customers
SELECT id, name, lifecycle, created_at, updated_at FROM conversations.customer
WHERE id < $1 ORDER BY id DESC LIMIT $2;

-- name: search_customers
SELECT id, name, lifecycle, created_at, updated_at FROM conversations.customer
WHERE id < $1 AND strpos(search, $3) > 0 ORDER BY id DESC LIMIT $2;

-- name: identities_of
SELECT customer_id, kind, value FROM conversations.identity
WHERE customer_id = ANY ($1::uuid[]) ORDER BY created_at, kind, match;

-- name: find_owners
SELECT identity.kind, identity.match, identity.customer_id, customer.name
FROM unnest($1::text[], $2::text[]) AS wanted (kind, match)
JOIN conversations.identity ON identity.kind = wanted.kind AND identity.match = wanted.match
JOIN conversations.customer ON customer.id = identity.customer_id;

-- name: add_identities
INSERT INTO conversations.identity (tenant_id, kind, match, value, customer_id)
SELECT $1, kind, match, value, $2 FROM unnest($3::text[], $4::text[], $5::text[]) AS given (kind, match, value)
ORDER BY kind, match
ON CONFLICT DO NOTHING;

-- name: move_identities
UPDATE conversations.identity SET customer_id = $2 WHERE customer_id = $1;

-- name: drop_other_identities
DELETE FROM conversations.identity
WHERE customer_id = $1
  AND NOT EXISTS (SELECT 1 FROM unnest($2::text[], $3::text[]) AS kept (kind, match)
                  WHERE kept.kind = identity.kind AND kept.match = identity.match);
