-- name: collect_run_days(run_id, account_id)
-- Collects the days of a run and those that changed since the last rebuild, taking their marks away. A mark that a
-- loader holds at this moment is left for the next rebuild, since what it loads cannot be seen yet.
WITH marked AS (
    DELETE FROM reporting.stale_days s
    USING (
        SELECT account_id, day FROM reporting.stale_days WHERE account_id = :account_id FOR UPDATE SKIP LOCKED
    ) free
    WHERE s.account_id = free.account_id AND s.day = free.day
    RETURNING s.day
), days AS (
    SELECT day FROM marked UNION SELECT day FROM redaction.run_days WHERE run_id = :run_id
)
INSERT INTO report_days (day, start_at, end_at)
SELECT d.day, d.day::timestamp AT TIME ZONE t.timezone - interval '3 hours',
       (d.day + 1)::timestamp AT TIME ZONE t.timezone + interval '3 hours'
FROM days d, tracking.accounts t WHERE t.id = :account_id
