-- A message that came again, or after the turn that answered it, changes nothing.
-- name: hear_customer
INSERT INTO agent_orchestrator.dialogue AS d
  (conversation_id, tenant_id, channel_id, customer_id, pending_to_seq, first_pending_at)
VALUES ($1, centralita.tenant(), $2, $3, $4, $5)
ON CONFLICT (conversation_id) DO UPDATE
   SET first_pending_at =
         CASE WHEN d.pending_to_seq > d.answered_seq THEN d.first_pending_at ELSE excluded.first_pending_at END,
       pending_to_seq = greatest(d.pending_to_seq, excluded.pending_to_seq)
RETURNING first_pending_at, pending_to_seq > answered_seq AS pending,
  (SELECT a.debounce_ms FROM agent_orchestrator.agent a
    WHERE a.tenant_id = centralita.tenant() AND a.enabled
    ORDER BY a.id IS NOT DISTINCT FROM d.agent_id DESC, a.id LIMIT 1) AS debounce_ms;

-- name: leave_to_person
INSERT INTO agent_orchestrator.dialogue AS d
  (conversation_id, tenant_id, channel_id, customer_id, pending_to_seq, first_pending_at, answered_seq)
VALUES ($1, centralita.tenant(), $2, $3, $4, $5, $4)
ON CONFLICT (conversation_id) DO UPDATE
   SET pending_to_seq = greatest(d.pending_to_seq, excluded.pending_to_seq),
       answered_seq = greatest(d.answered_seq, excluded.answered_seq);

-- name: begin_turn
UPDATE agent_orchestrator.dialogue
   SET begun_seq = CASE WHEN begun_seq > answered_seq THEN begun_seq ELSE pending_to_seq END
 WHERE conversation_id = $1 AND pending_to_seq > answered_seq
RETURNING channel_id, answered_seq, begun_seq;

-- name: end_turn
UPDATE agent_orchestrator.dialogue
   SET answered_seq = greatest(answered_seq, $2), agent_id = coalesce($3, agent_id), first_pending_at = $4
 WHERE conversation_id = $1
RETURNING pending_to_seq > answered_seq AS pending;

-- name: insert_turn
INSERT INTO agent_orchestrator.turn
  (conversation_id, to_seq, id, tenant_id, agent_id, prompt_version, outcome, message_id, from_seq, knowledge_ids,
   prompt_tokens, completion_tokens, latency_ms, error)
VALUES ($1, $2, $3, centralita.tenant(), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT DO NOTHING
RETURNING *;

-- name: list_turns
SELECT * FROM agent_orchestrator.turn
 WHERE conversation_id = $1 AND to_seq < $2
 ORDER BY to_seq DESC LIMIT $3;
