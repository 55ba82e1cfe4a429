-- name: add_route
INSERT INTO accounts.directory (kind, value, tenant_id, target_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: find_route
SELECT tenant_id, target_id FROM accounts.directory WHERE kind = $1 AND value = $2;

-- name: remove_route
DELETE FROM accounts.directory WHERE kind = $1 AND value = $2 AND target_id = $3;

-- name: remove_routes
DELETE FROM accounts.directory WHERE target_id = $1;

-- name: find_api_key
SELECT permissions FROM accounts.api_key WHERE id = $1;
