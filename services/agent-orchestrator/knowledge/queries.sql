-- name: insert_entry
INSERT INTO agent_orchestrator.knowledge_entry (id, tenant_id, title, answer, search)
VALUES ($1, centralita.tenant(), $2, $3,
        setweight(to_tsvector('spanish', $4) || to_tsvector('english', $4), 'A') ||
        setweight(to_tsvector('spanish', $5) || to_tsvector('english', $5), 'B'))
RETURNING *;

-- name: update_entry
UPDATE agent_orchestrator.knowledge_entry
   SET title = $2, answer = $3,
       search = setweight(to_tsvector('spanish', $4) || to_tsvector('english', $4), 'A') ||
                setweight(to_tsvector('spanish', $5) || to_tsvector('english', $5), 'B'),
       updated_at = now()
 WHERE id = $1
RETURNING *;

-- name: find_entry
SELECT * FROM agent_orchestrator.knowledge_entry WHERE id = $1;

-- name: lock_entry
SELECT * FROM agent_orchestrator.knowledge_entry WHERE id = $1 FOR UPDATE;

-- name: list_entries
SELECT * FROM agent_orchestrator.knowledge_entry
 WHERE tenant_id = centralita.tenant() AND id < $1
 ORDER BY id DESC LIMIT $2;

-- The words ($1) are folded; `related` ($2) is a tsquery of prefixes, or empty. What has most of them comes first by
-- rank; of those the score says how much of the question an entry answers, from 0 to 1, the title counting double.
-- name: search_entries
WITH word AS (
  SELECT websearch_to_tsquery('spanish', w) || websearch_to_tsquery('english', w) AS exact,
         nullif(r, '')::tsquery AS related
    FROM unnest($1::text[], $2::text[]) AS t(w, r)),
question AS (
  SELECT string_agg(concat_ws(' | ', nullif(exact::text, ''), related::text), ' | ')::tsquery AS words
    FROM word WHERE numnode(exact) > 0 OR related IS NOT NULL),
candidate AS (
  SELECT e.* FROM agent_orchestrator.knowledge_entry e, question
   WHERE e.tenant_id = centralita.tenant() AND e.search @@ question.words
   ORDER BY ts_rank_cd(e.search, question.words) DESC, e.id LIMIT 200)
SELECT c.*,
       (SELECT avg(CASE WHEN ts_filter(c.search, '{a}') @@ word.exact THEN 1
                        WHEN ts_filter(c.search, '{a}') @@ word.related THEN 0.6
                        WHEN c.search @@ word.exact THEN 0.5
                        WHEN c.search @@ word.related THEN 0.3
                        ELSE 0 END)::float8 FROM word) AS score
  FROM candidate c
 ORDER BY score DESC, c.id LIMIT $3;

-- name: delete_entry
DELETE FROM agent_orchestrator.knowledge_entry WHERE id = $1;
