-- name: list_days(first, last)
-- Returns for each day (UTC) how many activities runs have redacted, and how many accounts and activities were late:
-- NULL if nobody looked.
WITH done AS (
    SELECT CAST(r.finished_at AT TIME ZONE 'UTC' AS date) AS day, sum(r.stripped_count)::bigint AS redacted
    FROM redaction.runs r
    WHERE r.finished_at >= CAST(CAST(:first AS date) AS timestamp) AT TIME ZONE 'UTC' AND r.state = 'succeeded'
    GROUP BY 1
)
SELECT d.day, coalesce(done.redacted, 0) AS redacted, s.late_accounts, s.overdue
FROM (
    SELECT CAST(g AS date) AS day
    FROM generate_series(CAST(CAST(:first AS date) AS timestamp), CAST(CAST(:last AS date) AS timestamp), '1 day') g
) d
LEFT JOIN redaction.daily_state s ON s.day = d.day
LEFT JOIN done ON done.day = d.day
ORDER BY d.day
