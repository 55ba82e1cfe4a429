-- name: ensure_partitions
SELECT conversations.ensure_partitions($1) AS made;
