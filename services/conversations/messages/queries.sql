-- name: insert_message
INSERT INTO conversations.message (id, tenant_id, conversation_id, customer_id, seq, direction, author, author_id, body,
                                   content, status, provider_message_id, sent_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
RETURNING created_at;

-- name: find_message
SELECT * FROM conversations.message WHERE id = $1;

-- name: lock_message
SELECT * FROM conversations.message WHERE id = $1 FOR UPDATE;

-- name: update_message
UPDATE conversations.message
SET status = $2, failure_code = $3, failure_reason = $4, provider_message_id = $5, read_at = $6
WHERE id = $1;

-- name: list_messages
SELECT * FROM conversations.message
WHERE conversation_id = $1 AND id >= $2 AND seq < $3
ORDER BY seq DESC LIMIT $4;

-- name: lock_sent_without_echo
SELECT * FROM conversations.message
WHERE conversation_id = $1 AND id >= $2 AND direction = 'OUTBOUND' AND author IN ('AGENT', 'USER')
  AND status IN ('QUEUED', 'SENT') AND provider_message_id = '' AND body = $3
ORDER BY seq LIMIT 1 FOR UPDATE;

-- name: claim_provider_message
INSERT INTO conversations.provider_message (tenant_id, channel_id, provider_message_id, message_id)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING;

-- name: find_provider_message
SELECT message_id FROM conversations.provider_message WHERE channel_id = $1 AND provider_message_id = $2;

-- name: move_provider_message
UPDATE conversations.provider_message SET message_id = $3 WHERE channel_id = $1 AND provider_message_id = $2;

-- name: claim_request
INSERT INTO conversations.request (tenant_id, request_id, message_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: find_request
SELECT message_id FROM conversations.request WHERE request_id = $1;
