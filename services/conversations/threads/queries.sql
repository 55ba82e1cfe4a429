-- name: find_conversation
SELECT * FROM conversations.thread WHERE id = $1;

-- name: lock_conversation
SELECT id FROM conversations.conversation WHERE id = $1 FOR UPDATE;

-- name: lock_open_conversation
SELECT id FROM conversations.conversation
WHERE customer_id = $1 AND channel_id = $2 AND status = 'OPEN' FOR UPDATE;

-- name: insert_conversation
INSERT INTO conversations.conversation (id, tenant_id, customer_id, channel_id, medium, address,
                                        provider_conversation_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING;

-- name: save_conversation
UPDATE conversations.conversation
SET address = $2, provider_conversation_id = $3, status = $4, handler = $5, requires_attention = $6,
    attention_reason = $7, unread_count = $8, last_seq = $9, last_message_preview = $10, last_message_at = $11,
    reference_kind = $12, reference_id = $13, updated_at = now()
WHERE id = $1
RETURNING updated_at;

-- name: newest_conversation
SELECT * FROM conversations.thread
WHERE customer_id = $1 AND ($2 = '' OR medium = $2)
ORDER BY last_message_at DESC, id DESC LIMIT 1;

-- name: newest_conversation_on_channel
SELECT * FROM conversations.thread WHERE customer_id = $1 AND channel_id = $2
ORDER BY last_message_at DESC, id DESC LIMIT 1;

-- name: list_conversations
SELECT * FROM conversations.thread
WHERE (last_message_at, id) < ($1::timestamptz, $2::uuid) AND ($4::text = '' OR status = $4)
ORDER BY last_message_at DESC, id DESC LIMIT $3;

-- name: list_open_conversations
SELECT * FROM conversations.thread
WHERE status = 'OPEN' AND (last_message_at, id) < ($1::timestamptz, $2::uuid) AND ($4::text = '' OR medium = $4)
ORDER BY last_message_at DESC, id DESC LIMIT $3;

-- name: list_conversations_of_medium
SELECT * FROM conversations.thread
WHERE medium = $5 AND (last_message_at, id) < ($1::timestamptz, $2::uuid) AND ($4::text = '' OR status = $4)
ORDER BY last_message_at DESC, id DESC LIMIT $3;

-- name: list_conversations_of_customer
SELECT * FROM conversations.thread
WHERE customer_id = $5 AND (last_message_at, id) < ($1::timestamptz, $2::uuid) AND ($4::text = '' OR status = $4)
  AND ($6::text = '' OR medium = $6) AND (NOT $7::boolean OR requires_attention)
  AND ($8::text = '' OR reference_kind = $8) AND ($9::text = '' OR reference_id = $9)
ORDER BY last_message_at DESC, id DESC LIMIT $3;

-- name: list_conversations_about
SELECT * FROM conversations.thread
WHERE reference_kind = $5 AND reference_kind <> '' AND reference_id = $6
  AND (last_message_at, id) < ($1::timestamptz, $2::uuid) AND ($4::text = '' OR status = $4)
  AND ($7::text = '' OR medium = $7) AND (NOT $8::boolean OR requires_attention)
ORDER BY last_message_at DESC, id DESC LIMIT $3;

-- name: list_conversations_to_look_at
SELECT * FROM conversations.thread
WHERE requires_attention AND (last_message_at, id) < ($1::timestamptz, $2::uuid)
  AND ($4::text = '' OR status = $4) AND ($5::text = '' OR medium = $5)
ORDER BY last_message_at DESC, id DESC LIMIT $3;

-- name: count_unread
SELECT coalesce(sum(unread_count), 0) AS messages, count(*) AS conversations
FROM conversations.conversation WHERE unread_count > 0 AND ($1::text = '' OR medium = $1);
