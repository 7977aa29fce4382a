-- name: settle_objects(account_id, ids, outcomes, reasons, places, stores, untils, tried, by_address)
-- Records what came of some objects of an account that are due. One that is deleted or not found goes with its address;
-- any other stays with why. The run of each counts it under its outcome, and no longer under the one before. Where other
-- redacted activities, of whatever account, named an object that is gone, it is not found for them.
-- `tried` says of each whether its store was asked, `by_address` whether it was asked for the address: a vendor is asked for
-- the activity, which tells nothing of another one.
WITH told AS MATERIALIZED (
    SELECT t.*, o.run_id, o.outcome AS before
    FROM unnest(
        CAST(:ids AS bigint[]), CAST(:outcomes AS text[]), CAST(:reasons AS text[]), CAST(:places AS text[]),
        CAST(:stores AS text[]), CAST(:untils AS timestamptz[]), CAST(:tried AS boolean[]),
        CAST(:by_address AS boolean[])
    ) AS t (id, outcome, reason, place, store, until, tried, by_address)
    JOIN tracking.objects o ON o.account_id = :account_id AND o.id = t.id AND o.due_since IS NOT NULL
), gone AS (
    DELETE FROM tracking.objects o USING told t
    WHERE o.account_id = :account_id AND o.id = t.id AND t.outcome IN ('deleted', 'not_found')
    RETURNING CASE WHEN t.by_address THEN o.address END AS address
), others AS MATERIALIZED (
    SELECT o.account_id, o.id, coalesce(o.run_id, a.redaction_run_id) AS run_id, o.outcome AS before
    FROM (SELECT DISTINCT address FROM gone) g
    JOIN tracking.objects o ON o.address = g.address
    LEFT JOIN LATERAL (
        SELECT a.redacted_at, a.redaction_run_id
        FROM tracking.activity_identity i
        JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
        WHERE i.account_id = o.account_id AND i.id = o.activity_id
    ) a ON true
    WHERE (o.due_since IS NOT NULL OR a.redacted_at IS NOT NULL) AND o.id NOT IN (SELECT id FROM told)
), gone_too AS (
    DELETE FROM tracking.objects o USING others t WHERE o.account_id = t.account_id AND o.id = t.id
), left_over AS (
    UPDATE tracking.objects o
    SET outcome = t.outcome, reason = t.reason, place = t.place, store = t.store, until = t.until,
        tries = o.tries + t.tried::integer, tried_at = clock_timestamp()
    FROM told t
    WHERE o.account_id = :account_id AND o.id = t.id AND t.outcome NOT IN ('deleted', 'not_found')
)
UPDATE redaction.runs r SET objects = redaction.add_counts(r.objects, c.counts)
FROM (
    SELECT d.run_id, jsonb_object_agg(d.outcome, d.change) AS counts
    FROM (
        SELECT e.run_id, e.outcome, sum(e.change) AS change
        FROM (
            SELECT run_id, outcome, 1 AS change FROM told
            UNION ALL
            SELECT run_id, before, -1 FROM told WHERE before IS NOT NULL
            UNION ALL
            SELECT run_id, 'not_found', 1 FROM others
            UNION ALL
            SELECT run_id, before, -1 FROM others WHERE before IS NOT NULL
        ) e
        GROUP BY e.run_id, e.outcome HAVING sum(e.change) <> 0
    ) d
    GROUP BY d.run_id
) c
WHERE r.id = c.run_id
