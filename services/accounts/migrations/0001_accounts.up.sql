CREATE TABLE accounts.tenant (
  tenant_id uuid PRIMARY KEY,
  name text NOT NULL,
  region text NOT NULL CHECK (region ~ '^[A-Z]{2}$'),
  created_at timestamptz NOT NULL DEFAULT now()
);
SELECT centralita.protect('accounts.tenant');

CREATE TABLE accounts.app_user (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES accounts.tenant,
  email text NOT NULL,
  name text NOT NULL,
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
SELECT centralita.protect('accounts.app_user');

CREATE TABLE accounts.api_key (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES accounts.tenant,
  name text NOT NULL,
  hash text NOT NULL,
  permissions text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
SELECT centralita.protect('accounts.api_key');

CREATE TABLE accounts.channel (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES accounts.tenant,
  kind text NOT NULL,
  name text NOT NULL,
  enabled boolean NOT NULL,
  medium text NOT NULL,
  address text NOT NULL,
  zone text NOT NULL,
  customer_creation text NOT NULL CHECK (customer_creation IN ('AUTOMATIC', 'EXISTING_ONLY')),
  default_agent_id uuid,
  settings jsonb NOT NULL,
  -- A JSON object, sealed by the vault for "<tenant>/<channel>".
  credentials text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX channel_by_tenant ON accounts.channel (tenant_id, id);
SELECT centralita.protect('accounts.channel');

-- Which tenant a key, an e-mail or a channel belongs to. It is asked before the tenant is known, so everybody may read
-- it, and it holds nothing but routes; written it can be only for one's own tenant. Its primary key is what makes an
-- address unique over all tenants.
CREATE TABLE accounts.directory (
  kind text NOT NULL,
  value text NOT NULL,
  tenant_id uuid NOT NULL REFERENCES accounts.tenant,
  target_id uuid NOT NULL,
  PRIMARY KEY (kind, value)
);
CREATE INDEX directory_by_target ON accounts.directory (target_id);
ALTER TABLE accounts.directory ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY anybody_asks ON accounts.directory FOR SELECT USING (true);
CREATE POLICY own_is_added ON accounts.directory FOR INSERT
  WITH CHECK (tenant_id = centralita.tenant());
CREATE POLICY own_is_removed ON accounts.directory FOR DELETE
  USING (tenant_id = centralita.tenant());
