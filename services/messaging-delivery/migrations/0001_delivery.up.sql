CREATE TABLE delivery (
  message_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  recipient text NOT NULL,
  status text NOT NULL DEFAULT 'QUEUED' CHECK (status IN ('QUEUED', 'SENT', 'DELIVERED', 'READ', 'FAILED')),
  provider_message_id text,
  attempts int NOT NULL DEFAULT 0,
  attempt_started_at timestamptz,
  -- Set while an attempt is open: begun, and its outcome not known. From then on the provider may be asked.
  reconcile_at timestamptz,
  failure_code text NOT NULL DEFAULT '',
  failure_reason text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT delivery_open_attempt CHECK (reconcile_at IS NULL OR (status = 'QUEUED' AND attempts > 0))
);
CREATE UNIQUE INDEX delivery_provider_message ON delivery (tenant_id, channel_id, provider_message_id)
  WHERE provider_message_id IS NOT NULL;
CREATE INDEX delivery_recipient ON delivery (channel_id, recipient, updated_at) WHERE provider_message_id IS NOT NULL;

CREATE TABLE attempt (
  message_id uuid NOT NULL REFERENCES delivery ON DELETE CASCADE,
  number int NOT NULL,
  tenant_id uuid NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  outcome text CHECK (outcome IN ('SENT', 'REJECTED', 'POSTPONED', 'UNCERTAIN', 'FOUND', 'NOT_TAKEN', 'REPORTED')),
  detail text NOT NULL DEFAULT '',
  PRIMARY KEY (message_id, number)
);

SELECT centralita.protect('delivery');
SELECT centralita.protect('attempt');
