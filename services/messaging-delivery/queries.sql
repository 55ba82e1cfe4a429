-- Locks the row as well when it is there already.
-- name: hear_delivery
INSERT INTO messaging_delivery.delivery AS d
  (message_id, tenant_id, conversation_id, channel_id, recipient, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)
ON CONFLICT (message_id) DO UPDATE SET updated_at = d.updated_at
RETURNING message_id, conversation_id, channel_id, recipient, status, provider_message_id, attempts, attempt_started_at,
          reconcile_at, created_at;

-- name: lock_delivery
SELECT message_id, conversation_id, channel_id, recipient, status, provider_message_id, attempts, attempt_started_at,
       reconcile_at, created_at
FROM messaging_delivery.delivery WHERE message_id = $1 FOR UPDATE;

-- name: lock_delivery_of_channel
SELECT message_id, conversation_id, channel_id, recipient, status, provider_message_id, attempts, attempt_started_at,
       reconcile_at, created_at
FROM messaging_delivery.delivery WHERE message_id = $1 AND channel_id = $2 FOR UPDATE;

-- name: lock_delivery_of_provider
SELECT message_id, conversation_id, channel_id, recipient, status, provider_message_id, attempts, attempt_started_at,
       reconcile_at, created_at
FROM messaging_delivery.delivery WHERE tenant_id = $1 AND channel_id = $2 AND provider_message_id = $3 FOR UPDATE;

-- name: open_attempt
WITH opened AS (
  UPDATE messaging_delivery.delivery
  SET attempts = $2, attempt_started_at = $3, reconcile_at = $4, updated_at = $3
  WHERE message_id = $1
  RETURNING message_id, attempts, tenant_id, attempt_started_at)
INSERT INTO messaging_delivery.attempt (message_id, number, tenant_id, started_at) SELECT * FROM opened;

-- name: close_attempt
UPDATE messaging_delivery.delivery SET reconcile_at = NULL, updated_at = $2 WHERE message_id = $1;

-- name: put_off_reconciling
UPDATE messaging_delivery.delivery SET reconcile_at = $2 WHERE message_id = $1;

-- name: end_attempt
UPDATE messaging_delivery.attempt SET outcome = $3, detail = $4, ended_at = coalesce(ended_at, $5)
WHERE message_id = $1 AND number = $2;

-- name: move_delivery
UPDATE messaging_delivery.delivery
SET status = $2, provider_message_id = coalesce($3, provider_message_id), failure_code = $4, failure_reason = $5,
    reconcile_at = NULL, updated_at = $6
WHERE message_id = $1;

-- name: provider_ids_since
SELECT provider_message_id FROM messaging_delivery.delivery
WHERE channel_id = $1 AND recipient = $2 AND message_id <> $3 AND provider_message_id IS NOT NULL AND updated_at >= $4;
