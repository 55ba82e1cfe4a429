-- name: remember
INSERT INTO bus.inbox (event_id, consumer_group) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: schedule
INSERT INTO bus.scheduled (tenant_id, handle, publish_at, event_id, topic, key, type, source, traceparent, data)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (tenant_id, handle) DO UPDATE
SET publish_at = excluded.publish_at, event_id = excluded.event_id, topic = excluded.topic, key = excluded.key,
    type = excluded.type, source = excluded.source, traceparent = excluded.traceparent, data = excluded.data;

-- name: cancel
DELETE FROM bus.scheduled WHERE tenant_id = $1 AND handle = $2;

-- One at a time: two that move batches at once could turn the order of a key around.
-- name: try_scheduling
SELECT pg_try_advisory_xact_lock(hashtextextended('bus.scheduler', 0)) AS mine;

-- name: take_due
WITH due AS MATERIALIZED (
  SELECT tenant_id, handle FROM bus.scheduled WHERE publish_at <= $1
  ORDER BY publish_at, event_id LIMIT $2 FOR UPDATE SKIP LOCKED)
DELETE FROM bus.scheduled AS s USING due WHERE s.tenant_id = due.tenant_id AND s.handle = due.handle
RETURNING s.tenant_id, s.publish_at, s.event_id, s.topic, s.key, s.type, s.source, s.traceparent, s.data;

-- name: next_due
SELECT min(publish_at) AS at FROM bus.scheduled;
