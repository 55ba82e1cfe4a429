CREATE TABLE topic (
  name text PRIMARY KEY,
  partitions int NOT NULL CHECK (partitions > 0)
);

-- Whoever appends to a partition holds its row from the moment it takes an offset until it commits: offsets are in the
-- order of commits and without gaps. Little in a page, so that the hot rows stay where they are when they change.
CREATE TABLE partition (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL REFERENCES topic,
  number int NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  UNIQUE (topic, number)
) WITH (fillfactor = 20);

CREATE TABLE log (
  partition_id int NOT NULL,
  log_offset bigint NOT NULL,
  appended_at timestamptz NOT NULL DEFAULT now(),
  event_id uuid NOT NULL,
  type text NOT NULL,
  source text NOT NULL,
  said_at timestamptz NOT NULL,
  tenant_id text NOT NULL,
  traceparent text NOT NULL,
  key bytea NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (partition_id, log_offset)
);

-- Consumers that live, and what they read.
CREATE TABLE member (
  consumer_group text NOT NULL,
  topic text NOT NULL,
  id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (consumer_group, topic, id)
);

-- How far a group has come in a partition, and which member reads it. `committed` is the first unfinished offset.
CREATE TABLE lease (
  consumer_group text NOT NULL,
  partition_id int NOT NULL REFERENCES partition,
  committed bigint NOT NULL DEFAULT 0,
  owner uuid,
  expires_at timestamptz,
  PRIMARY KEY (consumer_group, partition_id)
) WITH (fillfactor = 50);
CREATE INDEX lease_partition ON lease (partition_id);

-- What is written to learn whether writing works.
CREATE TABLE pulse (
  only_row bool PRIMARY KEY DEFAULT true CHECK (only_row),
  beat_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO pulse DEFAULT VALUES;

CREATE FUNCTION make_topic(topic_name text, partition_count int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO bus.topic (name, partitions) VALUES (topic_name, partition_count) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    INSERT INTO bus.partition (topic, number) SELECT topic_name, n FROM generate_series(0, partition_count - 1) AS n;
  END IF;
END $$;

-- Appends events to the log, in the order given; those of one key, which have one hash, to one partition. The last
-- statement of its transaction. Makes topics that are missing.
CREATE FUNCTION append(partition_count int, topics text[], hashes bigint[], ids uuid[], types text[], sources text[],
                       times timestamptz[], tenants text[], traceparents text[], keys bytea[], datas bytea[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  places int[];
  place int;
  events bigint;
  first_offset bigint;
BEGIN
  LOOP
    SELECT array_agg(p.id ORDER BY event.n) INTO places
    FROM unnest(topics, hashes) WITH ORDINALITY AS event(topic, hash, n)
    JOIN bus.topic AS t ON t.name = event.topic
    JOIN bus.partition AS p ON p.topic = t.name AND p.number = event.hash % t.partitions;
    EXIT WHEN coalesce(cardinality(places), 0) = cardinality(ids);
    PERFORM bus.make_topic(missing.name, partition_count)
    FROM (SELECT DISTINCT name FROM unnest(topics) AS name ORDER BY name) AS missing;
  END LOOP;
  -- Everyone takes partitions in this order: no deadlocks.
  FOR place, events IN SELECT id, count(*) FROM unnest(places) AS id GROUP BY id ORDER BY id LOOP
    UPDATE bus.partition SET next_offset = next_offset + events WHERE id = place
    RETURNING next_offset - events INTO first_offset;
    INSERT INTO bus.log (partition_id, log_offset, event_id, type, source, said_at, tenant_id, traceparent, key, data)
    SELECT place, first_offset + row_number() OVER (ORDER BY event.n) - 1, event.id, event.type, event.source,
           event.said_at, event.tenant_id, event.traceparent, event.key, event.data
    FROM unnest(places, ids, types, sources, times, tenants, traceparents, keys, datas) WITH ORDINALITY
         AS event(at, id, type, source, said_at, tenant_id, traceparent, key, data, n)
    WHERE event.at = place;
  END LOOP;
END $$;

-- Reads on in many partitions at once: from each at most `mosts` events and about 4 MB. Never but by the index,
-- whatever the statistics say about a log that was empty a moment ago.
CREATE FUNCTION read(partitions int[], froms bigint[], mosts int[])
RETURNS TABLE (partition_id int, log_offset bigint, event_id uuid, type text, source text, said_at timestamptz,
               tenant_id text, traceparent text, key bytea, data bytea)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  SELECT found.partition_id, found.log_offset, found.event_id, found.type, found.source, found.said_at,
         found.tenant_id, found.traceparent, found.key, found.data
  FROM unnest(partitions, froms, mosts) AS want(partition_id, first_offset, most)
  CROSS JOIN LATERAL (
    SELECT few.*, sum(octet_length(few.data)) OVER (ORDER BY few.log_offset) - octet_length(few.data) AS bytes_before
    FROM (SELECT * FROM bus.log AS l
          WHERE l.partition_id = want.partition_id AND l.log_offset >= want.first_offset
          ORDER BY l.log_offset LIMIT want.most) AS few) AS found
  WHERE found.bytes_before < 4000000
$$;

-- How many partitions of a topic each member of a group may have.
CREATE FUNCTION fair_share(wanted_group text, wanted_topic text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (t.partitions + members.living - 1) / members.living
  FROM bus.topic AS t, (SELECT greatest(count(*), 1) AS living FROM bus.member
                        WHERE consumer_group = wanted_group AND topic = wanted_topic
                          AND expires_at > clock_timestamp()) AS members
  WHERE t.name = wanted_topic
$$;

-- A member says that it lives and reads these topics (none while it leaves), keeps what it has, and takes what is free
-- up to its fair share. False when another member is at it: then it has kept what it has, and comes again soon.
CREATE FUNCTION beat(my_group text, me uuid, my_topics text[], lease_ms bigint, partition_count int)
RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  topic_name text;
  missing bigint;
  life interval := lease_ms * interval '1 millisecond';
BEGIN
  -- A process that is stopped in the middle must not keep the others of its group waiting.
  PERFORM set_config('idle_in_transaction_session_timeout', lease_ms::text, true);
  UPDATE bus.lease SET expires_at = clock_timestamp() + life WHERE consumer_group = my_group AND owner = me;
  INSERT INTO bus.member (consumer_group, topic, id, expires_at)
  SELECT my_group, name, me, clock_timestamp() + life FROM unnest(my_topics) AS name
  ON CONFLICT (consumer_group, topic, id) DO UPDATE SET expires_at = excluded.expires_at;
  IF NOT pg_try_advisory_xact_lock(hashtextextended('bus.beat/' || my_group, 0)) THEN RETURN false; END IF;

  DELETE FROM bus.member WHERE consumer_group = my_group AND expires_at < clock_timestamp();
  FOREACH topic_name IN ARRAY my_topics LOOP
    PERFORM bus.make_topic(topic_name, partition_count);
    INSERT INTO bus.lease (consumer_group, partition_id)
    SELECT my_group, p.id FROM bus.partition AS p WHERE p.topic = topic_name ORDER BY p.id ON CONFLICT DO NOTHING;
    SELECT greatest(0, bus.fair_share(my_group, topic_name) - count(*)) INTO missing
    FROM bus.lease AS l JOIN bus.partition AS p ON p.id = l.partition_id
    WHERE l.consumer_group = my_group AND l.owner = me AND p.topic = topic_name;
    WITH taken AS MATERIALIZED (
      SELECT l.partition_id FROM bus.lease AS l JOIN bus.partition AS p ON p.id = l.partition_id
      WHERE l.consumer_group = my_group AND p.topic = topic_name
        AND (l.owner IS NULL OR l.expires_at < clock_timestamp())
      ORDER BY l.partition_id LIMIT missing FOR UPDATE OF l SKIP LOCKED)
    UPDATE bus.lease AS l SET owner = me, expires_at = clock_timestamp() + life
    FROM taken WHERE l.consumer_group = my_group AND l.partition_id = taken.partition_id;
  END LOOP;
  RETURN true;
END $$;

-- Deletes a few of the events that are older than `events_before` and that every group has finished, of the dead
-- letters older than `dead_before`, and of the inbox older than `handled_before`; how many. 0 while another is at it.
CREATE FUNCTION sweep(events_before timestamptz, dead_before timestamptz, handled_before timestamptz, most int)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  old record;
  deleted bigint := 0;
  gone bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('bus.sweep', 0)) THEN RETURN 0; END IF;
  FOR old IN
    SELECT p.id, CASE WHEN p.topic LIKE '%.dlq' THEN dead_before ELSE events_before END AS before,
           least(p.next_offset, (SELECT min(l.committed) FROM bus.lease AS l WHERE l.partition_id = p.id)) AS finished
    FROM bus.partition AS p
  LOOP
    WITH first AS (
      SELECT l.log_offset, l.appended_at FROM bus.log AS l
      WHERE l.partition_id = old.id AND l.log_offset < old.finished ORDER BY l.log_offset LIMIT most)
    DELETE FROM bus.log AS l USING first
    WHERE l.partition_id = old.id AND l.log_offset = first.log_offset AND first.appended_at < old.before;
    GET DIAGNOSTICS gone = ROW_COUNT;
    deleted := deleted + gone;
  END LOOP;
  DELETE FROM bus.inbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM bus.inbox WHERE handled_at < handled_before LIMIT most));
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN deleted + gone;
END $$;
