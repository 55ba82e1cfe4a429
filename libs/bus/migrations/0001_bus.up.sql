-- Events that a group of consumers has handled: written in the transaction of their effect.
CREATE TABLE inbox (
  event_id uuid NOT NULL,
  consumer_group text NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (event_id, consumer_group)
);
CREATE INDEX inbox_handled_at ON inbox USING brin (handled_at) WITH (autosummarize = on);

-- Events to be said later.
CREATE TABLE scheduled (
  tenant_id text NOT NULL,
  handle text NOT NULL,
  publish_at timestamptz NOT NULL,
  event_id uuid NOT NULL,
  topic text NOT NULL,
  key bytea NOT NULL,
  type text NOT NULL,
  source text NOT NULL,
  traceparent text NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (tenant_id, handle)
);
CREATE INDEX scheduled_publish_at ON scheduled (publish_at);
