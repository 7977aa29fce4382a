-- name: ask_about_source(run_id, factor, runs, least)
-- Makes a run that follows the source wait for approval if it is too large, together with what such runs of its account
-- have stripped unasked within a day, so that many at once cannot be split up. Too large is more than `least`, and than
-- `factor` times the median of the last `runs` days on which they stripped anything. After a question that nobody has
-- approved, every run asks until somebody approves. The stricter of these limits and the stored ones (`record_limits`)
-- applies. Returns the explained number (activities); no row if the run may go on.
INSERT INTO redaction.approvals (run_id, explained)
SELECT r.id, e.explained
FROM redaction.runs r
CROSS JOIN LATERAL (
    SELECT min(greatest(l.least, CAST(floor(l.factor * h.median) AS bigint))) AS explained
    FROM (
        SELECT CAST(:factor AS double precision), CAST(:runs AS integer), CAST(:least AS bigint)
        UNION ALL
        SELECT k.factor, k.runs, k.least
        FROM jsonb_to_record(
            CAST(substring(obj_description('redaction.approvals'::regclass, 'pg_class') FROM '^limits: ([{].*[}])$') AS jsonb)
        ) AS k (factor double precision, runs integer, least bigint)
        WHERE num_nulls(k.factor, k.runs, k.least) = 0
    ) AS l (factor, runs, least)
    CROSS JOIN LATERAL (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d.stripped) AS median
        FROM (
            SELECT CAST(sum(p.stripped_count) AS double precision) AS stripped FROM redaction.runs p
            WHERE p.account_id = r.account_id AND p.kind = 'source' AND p.started_at <= r.started_at - interval '1 day'
              AND p.stripped_count > 0
            GROUP BY date_trunc('day', p.started_at, 'UTC') ORDER BY date_trunc('day', p.started_at, 'UTC') DESC
            LIMIT l.runs
        ) d
    ) h
) e
CROSS JOIN LATERAL (SELECT {% include "guard/_on_day.sql" %} AS stripped) u
WHERE r.id = :run_id AND r.kind = 'source' AND r.due_count > 0 AND (
    r.due_count + u.stripped > e.explained
    OR (
        SELECT q.approved IS NOT TRUE FROM redaction.runs p JOIN redaction.approvals q ON q.run_id = p.id
        WHERE p.account_id = r.account_id AND p.kind = 'source' AND p.id <> r.id AND q.ground = 'guard'
        ORDER BY p.id DESC LIMIT 1
    )
)
ON CONFLICT DO NOTHING
RETURNING explained
