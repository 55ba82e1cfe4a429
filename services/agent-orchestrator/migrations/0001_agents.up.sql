CREATE TABLE agent_orchestrator.agent (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  description text NOT NULL,
  enabled boolean NOT NULL,
  responder text NOT NULL CHECK (responder IN ('BUILT_IN', 'MODEL')),
  base_url text NOT NULL,
  model text NOT NULL,
  -- Sealed by the vault for "<tenant>/<agent>"; empty where the endpoint needs none.
  api_key text NOT NULL,
  temperature double precision,
  max_tokens int NOT NULL,
  timeout_ms int NOT NULL,
  prompt text NOT NULL,
  prompt_version int NOT NULL DEFAULT 1,
  trigger_keywords text[] NOT NULL,
  -- Agent.active_hours in protobuf's JSON.
  active_hours jsonb NOT NULL,
  greeting text NOT NULL,
  fallback text NOT NULL,
  handover_message text NOT NULL,
  debounce_ms int NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX agent_by_tenant ON agent_orchestrator.agent (tenant_id, id);
SELECT centralita.protect('agent_orchestrator.agent');

-- Prompts that an agent had before its present one.
CREATE TABLE agent_orchestrator.agent_prompt (
  tenant_id uuid NOT NULL,
  agent_id uuid NOT NULL REFERENCES agent_orchestrator.agent ON DELETE CASCADE,
  version int NOT NULL,
  prompt text NOT NULL,
  replaced_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (agent_id, version)
);
SELECT centralita.protect('agent_orchestrator.agent_prompt');

-- `search` holds the stems of title (A) and answer (B), folded, by the rules of both languages. It has no GIN index:
-- @@ is not leakproof, so under row-level security PostgreSQL looks at a tenant's rows first and would never use one.
CREATE TABLE agent_orchestrator.knowledge_entry (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  title text NOT NULL,
  answer text NOT NULL,
  search tsvector NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX knowledge_entry_by_tenant ON agent_orchestrator.knowledge_entry (tenant_id, id);
SELECT centralita.protect('agent_orchestrator.knowledge_entry');

-- How far the agents have come with a conversation. A turn that was begun and not finished is taken up again with the
-- same messages, so that it cannot become a second answer.
CREATE TABLE agent_orchestrator.dialogue (
  conversation_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  pending_to_seq bigint NOT NULL,
  first_pending_at timestamptz NOT NULL,
  begun_seq bigint NOT NULL DEFAULT 0,
  answered_seq bigint NOT NULL DEFAULT 0,
  -- The agent that answered last.
  agent_id uuid
);
SELECT centralita.protect('agent_orchestrator.dialogue');

CREATE TABLE agent_orchestrator.turn (
  conversation_id uuid NOT NULL,
  to_seq bigint NOT NULL,
  id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  agent_id uuid,
  prompt_version int NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('ANSWERED', 'FELL_BACK', 'HANDED_OVER', 'HELD_BACK')),
  message_id uuid,
  from_seq bigint NOT NULL,
  knowledge_ids uuid[] NOT NULL,
  prompt_tokens int NOT NULL,
  completion_tokens int NOT NULL,
  latency_ms int NOT NULL,
  error text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (conversation_id, to_seq)
);
SELECT centralita.protect('agent_orchestrator.turn');
