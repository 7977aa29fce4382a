-- name: settle_objects(account_id, ids, outcomes, reasons, places, stores, untils, tried)
-- Records the outcomes of some due objects of an account. For a deleted or missing object the address is forgotten, and
-- its activity counts it; any other keeps its reason. The run of each counts it under its new outcome only. If other
-- redacted activities, of any account, named an object that is gone, they record it as not found. That does not apply
-- to a vendor, whose answer is about one activity, and to an account without the same store, whose bucket may be
-- another one of that name. `tried` says for each whether its store was asked.
WITH settled AS MATERIALIZED (
    SELECT t.*, o.run_id, o.outcome AS before
    FROM unnest(
        CAST(:ids AS bigint[]), CAST(:outcomes AS text[]), CAST(:reasons AS text[]), CAST(:places AS text[]),
        CAST(:stores AS text[]), CAST(:untils AS timestamptz[]), CAST(:tried AS boolean[])
    ) AS t (id, outcome, reason, place, store, until, tried)
    JOIN tracking.objects o ON o.account_id = :account_id AND o.id = t.id AND o.due_since IS NOT NULL
), gone AS (
    DELETE FROM tracking.objects o USING settled t
    WHERE o.account_id = :account_id AND o.id = t.id AND t.outcome IN ('deleted', 'not_found')
    RETURNING o.account_id, o.activity_id, o.address, t.store
), others AS MATERIALIZED (
    SELECT o.account_id, o.id, coalesce(o.run_id, a.redaction_run_id) AS run_id, o.outcome AS before
    FROM (SELECT DISTINCT address, store FROM gone) g
    JOIN redaction.stores s ON s.name = g.store AND s.mode = 'delete'
    JOIN tracking.objects o ON o.address = g.address
    JOIN tracking.accounts c ON c.id = o.account_id AND (
        g.address LIKE 'file:%' OR s.account_id = c.id
        OR (s.account_id IS NULL AND (s.agency_id IS NULL OR s.agency_id = c.agency_id))
    )
    LEFT JOIN LATERAL (
        SELECT a.id, a.redacted_at, a.redaction_run_id
        FROM tracking.activity_identity i
        JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
        WHERE i.account_id = o.account_id AND i.id = o.activity_id
    ) a ON true
    WHERE (a.redacted_at IS NOT NULL OR (a.id IS NULL AND o.due_since IS NOT NULL) OR {% with object = "o" %}{% include "objects/_taken.sql" %}{% endwith %}) AND o.id NOT IN (SELECT id FROM settled)
), gone_too AS (
    DELETE FROM tracking.objects o USING others t WHERE o.account_id = t.account_id AND o.id = t.id
    RETURNING o.account_id, o.activity_id
), forgotten AS (
    SELECT account_id, activity_id FROM gone UNION ALL SELECT account_id, activity_id FROM gone_too
), counted AS (
    {% with forgotten = "forgotten" %}{% include "objects/_count_settled.sql" %}{% endwith %}
), left_over AS (
    UPDATE tracking.objects o
    SET outcome = t.outcome, reason = t.reason, place = t.place, store = t.store, until = t.until,
        tries = o.tries + t.tried::integer, tried_at = clock_timestamp()
    FROM settled t
    WHERE o.account_id = :account_id AND o.id = t.id AND t.outcome NOT IN ('deleted', 'not_found')
)
UPDATE redaction.runs r SET objects = redaction.add_counts(r.objects, c.counts)
FROM (
    SELECT d.run_id, jsonb_object_agg(d.outcome, d.change) AS counts
    FROM (
        SELECT e.run_id, e.outcome, sum(e.change) AS change
        FROM (
            SELECT run_id, outcome, 1 AS change FROM settled
            UNION ALL
            SELECT run_id, before, -1 FROM settled WHERE before IS NOT NULL
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
