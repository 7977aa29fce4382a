-- name: respell_addresses(ids, addresses, looked_up)
-- Gives some objects their recorded spelling, and records whether a look-up finds it. If two rows of an activity turn
-- out to be the same object, the later one is removed; an object that a run has counted stays until it is settled.
WITH spelled AS MATERIALIZED (
    SELECT o.id, o.account_id, o.activity_id, t.address, t.looked_up, o.outcome,
           row_number() OVER (PARTITION BY o.account_id, o.activity_id, t.address ORDER BY o.id) AS place
    FROM unnest(CAST(:ids AS bigint[]), CAST(:addresses AS text[]), CAST(:looked_up AS boolean[])) AS t (id, address, looked_up)
    JOIN tracking.objects o ON o.id = t.id
), twins AS MATERIALIZED (
    SELECT t.id FROM spelled t
    WHERE t.place > 1 OR EXISTS (
        SELECT FROM tracking.objects o
        WHERE o.account_id = t.account_id AND o.activity_id = t.activity_id AND CAST(md5(o.address) AS uuid) = CAST(md5(t.address) AS uuid)
          AND o.id <> t.id
    )
), gone AS (
    DELETE FROM tracking.objects o USING spelled t
    WHERE o.account_id = t.account_id AND o.id = t.id AND t.id IN (SELECT id FROM twins) AND t.outcome IS NULL
)
UPDATE tracking.objects o SET address = t.address, canonical = t.looked_up
FROM spelled t
WHERE o.account_id = t.account_id AND o.id = t.id AND t.id NOT IN (SELECT id FROM twins)
