-- name: forget_objects(account_id, run_id, ids, counted_as)
-- Ends some objects of an account by the ledger, after a restore; the run counts those that exist here.
WITH gone AS (
    DELETE FROM tracking.objects WHERE account_id = :account_id AND id = ANY(CAST(:ids AS bigint[]))
    RETURNING account_id, activity_id, run_id, outcome
), settled AS (
    {% with forgotten = "gone" %}{% include "objects/_count_settled.sql" %}{% endwith %}
)
UPDATE redaction.runs r
SET objects = redaction.add_counts(r.objects, c.counts)
FROM (
    SELECT coalesce(g.run_id, :run_id) AS run_id,
           redaction.add_counts(
               coalesce(
                   (SELECT jsonb_object_agg(b.outcome, -b.n)
                    FROM (SELECT outcome, count(*) AS n FROM gone WHERE outcome IS NOT NULL AND run_id IS NOT DISTINCT FROM g.run_id GROUP BY outcome) b),
                   '{}'
               ),
               jsonb_build_object(CAST(:counted_as AS text), count(*))
           ) AS counts
    FROM gone g GROUP BY g.run_id
) c
WHERE r.account_id = :account_id AND r.id = c.run_id
