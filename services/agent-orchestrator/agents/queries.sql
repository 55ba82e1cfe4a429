-- name: insert_agent
INSERT INTO agent_orchestrator.agent
  (id, tenant_id, name, description, enabled, responder, base_url, model, api_key, temperature, max_tokens, timeout_ms,
   prompt, trigger_keywords, active_hours, greeting, fallback, handover_message, debounce_ms)
VALUES ($1, centralita.tenant(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
RETURNING *;

-- name: update_agent
UPDATE agent_orchestrator.agent
   SET name = $2, description = $3, enabled = $4, responder = $5, base_url = $6, model = $7, api_key = $8,
       temperature = $9, max_tokens = $10, timeout_ms = $11,
       prompt_version = prompt_version + CASE WHEN prompt = $12 THEN 0 ELSE 1 END, prompt = $12,
       trigger_keywords = $13, active_hours = $14, greeting = $15, fallback = $16, handover_message = $17,
       debounce_ms = $18, updated_at = now()
 WHERE id = $1
RETURNING *;

-- name: keep_prompt
INSERT INTO agent_orchestrator.agent_prompt (tenant_id, agent_id, version, prompt)
SELECT tenant_id, id, prompt_version, prompt FROM agent_orchestrator.agent WHERE id = $1 AND prompt <> $2;

-- name: find_agent
SELECT * FROM agent_orchestrator.agent WHERE id = $1;

-- name: lock_agent
SELECT * FROM agent_orchestrator.agent WHERE id = $1 FOR UPDATE;

-- name: list_agents
SELECT * FROM agent_orchestrator.agent WHERE tenant_id = centralita.tenant() AND id > $1 ORDER BY id LIMIT $2;

-- name: enabled_agents
SELECT * FROM agent_orchestrator.agent WHERE tenant_id = centralita.tenant() AND enabled ORDER BY id LIMIT 500;

-- name: delete_agent
DELETE FROM agent_orchestrator.agent WHERE id = $1;
