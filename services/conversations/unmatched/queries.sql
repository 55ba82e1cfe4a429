-- name: lock_sender
SELECT pg_advisory_xact_lock(hashtextextended($1, 0));

-- name: insert_unmatched
INSERT INTO conversations.unmatched_message (id, tenant_id, channel_id, sender, inbound) VALUES ($1, $2, $3, $4, $5);

-- name: find_unmatched
SELECT id, inbound FROM conversations.unmatched_message WHERE id = $1;

-- name: list_unmatched
SELECT id, inbound FROM conversations.unmatched_message WHERE id > $1 ORDER BY id LIMIT $2;

-- name: take_unmatched
DELETE FROM conversations.unmatched_message WHERE channel_id = $1 AND sender = $2 RETURNING id, inbound;
