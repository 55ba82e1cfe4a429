-- name: append
SELECT bus.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: read
SELECT * FROM bus.read($1, $2, $3);

-- Topics that are made while they are first used are made by everybody at once, who may then wait for each other.
-- name: make_topics
SELECT bus.make_topic(name, $2) FROM unnest($1::text[]) AS name;

-- name: beat
SELECT bus.beat($1, $2, $3, $4, $5) AS done;

-- What a member has; `surplus` is what it has beyond its fair share.
-- name: leases
SELECT l.partition_id, p.topic, l.committed,
       row_number() OVER (PARTITION BY p.topic ORDER BY p.number) > bus.fair_share(l.consumer_group, p.topic) AS surplus
FROM bus.lease AS l JOIN bus.partition AS p ON p.id = l.partition_id
WHERE l.consumer_group = $1 AND l.owner = $2;

-- When the first of the others would lose what it has.
-- name: next_expiry
SELECT ceil(extract(epoch FROM min(expires_at) - clock_timestamp()) * 1000)::bigint AS ms
FROM bus.lease WHERE consumer_group = $1 AND owner <> $2;

-- name: advance
UPDATE bus.lease AS l SET committed = greatest(l.committed, mark.first_unfinished)
FROM unnest($3::int[], $4::bigint[]) AS mark(partition_id, first_unfinished)
WHERE l.consumer_group = $1 AND l.partition_id = mark.partition_id AND l.owner = $2;

-- name: release
UPDATE bus.lease SET owner = NULL, expires_at = NULL
WHERE consumer_group = $1 AND owner = $2 AND partition_id = ANY ($3::int[]);

-- name: leave
DELETE FROM bus.member WHERE consumer_group = $1 AND id = $2;

-- name: ring
SELECT pg_notify('centralita_bus', $1);

-- name: sweep
SELECT bus.sweep(now() - $1 * interval '1 second', now() - $2 * interval '1 second', now() - $3 * interval '1 second', $4)
       AS deleted;

-- name: pulse
UPDATE bus.pulse SET beat_at = clock_timestamp();

-- name: dead_letters
SELECT p.topic, l.event_id, l.type, l.source, l.said_at, l.tenant_id, l.traceparent, l.key, l.data
FROM bus.log AS l JOIN bus.partition AS p ON p.id = l.partition_id
WHERE p.topic LIKE '%.dlq' AND ($1 = '' OR p.topic = $1 || '.dlq') AND (l.key = $2 OR $2 = '')
ORDER BY l.partition_id, l.log_offset;

-- name: lag
SELECT l.consumer_group || '/' || p.topic AS name,
       sum(p.next_offset - greatest(l.committed, coalesce(
         (SELECT e.log_offset FROM bus.log AS e WHERE e.partition_id = p.id ORDER BY e.log_offset LIMIT 1),
         p.next_offset)))::bigint AS events
FROM bus.lease AS l JOIN bus.partition AS p ON p.id = l.partition_id
GROUP BY l.consumer_group, p.topic;
