-- name: insert_channel
INSERT INTO accounts.channel (id, tenant_id, kind, name, enabled, medium, address, zone, customer_creation,
                              default_agent_id, settings, credentials)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
RETURNING *;

-- name: update_channel
UPDATE accounts.channel
SET name = $2, enabled = $3, medium = $4, address = $5, zone = $6, customer_creation = $7, default_agent_id = $8,
    settings = $9, credentials = $10, updated_at = now()
WHERE id = $1
RETURNING *;

-- name: find_channel
SELECT * FROM accounts.channel WHERE id = $1;

-- name: lock_channel
SELECT * FROM accounts.channel WHERE id = $1 FOR UPDATE;

-- name: list_channels
SELECT * FROM accounts.channel WHERE id > $1 ORDER BY id LIMIT $2;

-- name: delete_channel
DELETE FROM accounts.channel WHERE id = $1;
