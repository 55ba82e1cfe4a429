-- name: insert_tenant
INSERT INTO accounts.tenant (tenant_id, name, region) VALUES ($1, $2, $3);

-- name: find_tenant
SELECT tenant_id, name, region, created_at FROM accounts.tenant;

-- name: insert_user
INSERT INTO accounts.app_user (id, tenant_id, email, name, password_hash) VALUES ($1, $2, $3, $4, $5);

-- name: insert_api_key
INSERT INTO accounts.api_key (id, tenant_id, name, hash, permissions) VALUES ($1, $2, $3, $4, $5);
