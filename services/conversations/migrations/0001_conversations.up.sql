CREATE TABLE conversations.customer (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  lifecycle text NOT NULL CHECK (lifecycle IN ('LEAD', 'CUSTOMER')),
  -- Name and identities, folded: what a search looks at.
  search text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX customer_by_tenant ON conversations.customer (tenant_id, id);
SELECT centralita.protect('conversations.customer');

-- `match` is the form under which two spellings of one address are equal. Whoever comes first with one has it: the
-- primary key decides between webhooks that arrive at once, and the customer follows in the same transaction.
CREATE TABLE conversations.identity (
  tenant_id uuid NOT NULL,
  kind text NOT NULL,
  match text NOT NULL,
  value text NOT NULL,
  customer_id uuid NOT NULL REFERENCES conversations.customer DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, kind, match)
);
CREATE INDEX identity_by_customer ON conversations.identity (customer_id);
SELECT centralita.protect('conversations.identity');

CREATE TABLE conversations.conversation (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  customer_id uuid NOT NULL REFERENCES conversations.customer,
  channel_id uuid NOT NULL,
  medium text NOT NULL,
  address text NOT NULL,
  provider_conversation_id text NOT NULL,
  status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'RESOLVED')),
  handler text NOT NULL DEFAULT 'AI' CHECK (handler IN ('AI', 'PERSON')),
  requires_attention boolean NOT NULL DEFAULT false,
  attention_reason text NOT NULL DEFAULT '',
  unread_count int NOT NULL DEFAULT 0,
  -- The row's lock hands out the numbers of messages: they have no gaps.
  last_seq bigint NOT NULL DEFAULT 0,
  last_message_preview text NOT NULL DEFAULT '',
  last_message_at timestamptz NOT NULL DEFAULT now(),
  reference_kind text NOT NULL DEFAULT '',
  reference_id text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX conversation_open ON conversations.conversation (tenant_id, customer_id, channel_id)
  WHERE status = 'OPEN';
CREATE INDEX conversation_by_time ON conversations.conversation (tenant_id, last_message_at, id);
CREATE INDEX conversation_by_medium ON conversations.conversation (tenant_id, medium, last_message_at, id);
CREATE INDEX conversation_by_customer ON conversations.conversation (customer_id, last_message_at, id);
CREATE INDEX conversation_by_reference
  ON conversations.conversation (tenant_id, reference_kind, reference_id, last_message_at, id)
  WHERE reference_kind <> '';
CREATE INDEX conversation_inbox ON conversations.conversation (tenant_id, last_message_at, id)
  WHERE status = 'OPEN';
CREATE INDEX conversation_by_attention ON conversations.conversation (tenant_id, last_message_at, id)
  WHERE requires_attention;
CREATE INDEX conversation_unread ON conversations.conversation (tenant_id, medium) INCLUDE (unread_count)
  WHERE unread_count > 0;
SELECT centralita.protect('conversations.conversation');

-- A conversation as it is shown. The columns of the table come last, so that new ones can be added.
CREATE VIEW conversations.thread WITH (security_invoker = true) AS
SELECT customer.name AS customer_name,
       (SELECT value FROM conversations.identity
        WHERE identity.customer_id = conversation.customer_id AND kind = 'phone'
        ORDER BY created_at, match LIMIT 1) AS phone,
       conversation.*
FROM conversations.conversation JOIN conversations.customer ON customer.id = conversation.customer_id;

-- Ids are UUIDv7, so a range of ids is a range of time: see ensure_partitions. No foreign keys: what a message points
-- to is locked or made in the transaction that stores it, and never deleted.
CREATE TABLE conversations.message (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  seq bigint NOT NULL,
  direction text NOT NULL CHECK (direction IN ('INBOUND', 'OUTBOUND')),
  author text NOT NULL CHECK (author IN ('CUSTOMER', 'AGENT', 'USER', 'EXTERNAL')),
  author_id text NOT NULL,
  body text NOT NULL,
  -- messaging.v1.Content without its body.
  content bytea NOT NULL,
  status text NOT NULL DEFAULT 'DELIVERY_STATUS_UNSPECIFIED',
  failure_code text NOT NULL DEFAULT '',
  failure_reason text NOT NULL DEFAULT '',
  provider_message_id text NOT NULL,
  sent_at timestamptz,
  read_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) PARTITION BY RANGE (id);
CREATE INDEX message_by_conversation ON conversations.message (conversation_id, seq);
SELECT centralita.protect('conversations.message');
CREATE TABLE conversations.message_other PARTITION OF conversations.message DEFAULT;
SELECT centralita.protect('conversations.message_other');

CREATE FUNCTION conversations.first_id(moment timestamp) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN rpad(lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid;

-- Makes the partitions of messages for this month and the next ones; how many were missing. Runs as the owner, because
-- the runtime role may not change tables.
CREATE FUNCTION conversations.ensure_partitions(ahead int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  name text;
  made int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('conversations.ensure_partitions', 0));
  FOR i IN 0..least(ahead, 24) LOOP
    name := 'message_' || to_char(month, 'YYYY_MM');
    IF to_regclass('conversations.' || name) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE TABLE conversations.%I PARTITION OF conversations.message FOR VALUES FROM (%L) TO (%L)',
                       name, conversations.first_id(month), conversations.first_id(month + interval '1 month'));
        EXECUTE format('SELECT centralita.protect(%L)', 'conversations.' || name);
        made := made + 1;
      EXCEPTION WHEN check_violation THEN
        RAISE WARNING 'messages of % are in the default partition and stay there', name;
      END;
    END IF;
    month := month + interval '1 month';
  END LOOP;
  RETURN made;
END $$;

-- What makes a provider's message arrive once, however often it is delivered.
CREATE TABLE conversations.provider_message (
  tenant_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  provider_message_id text NOT NULL,
  message_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, channel_id, provider_message_id)
);
SELECT centralita.protect('conversations.provider_message');

-- What makes sending again with the same request_id harmless.
CREATE TABLE conversations.request (
  tenant_id uuid NOT NULL,
  request_id text NOT NULL,
  message_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, request_id)
);
SELECT centralita.protect('conversations.request');

CREATE TABLE conversations.unmatched_message (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  sender text NOT NULL,
  -- messaging.v1.InboundReceived without the raw request.
  inbound bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX unmatched_message_by_tenant ON conversations.unmatched_message (tenant_id, id);
CREATE INDEX unmatched_message_by_sender ON conversations.unmatched_message (tenant_id, channel_id, sender, id);
SELECT centralita.protect('conversations.unmatched_message');
