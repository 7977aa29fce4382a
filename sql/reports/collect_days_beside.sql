-- name: collect_days_beside(account_id, days)
-- Collects the days that another connection has left to this one.
INSERT INTO report_days (day, start_at, end_at)
SELECT d.day, d.day::timestamp AT TIME ZONE t.timezone - interval '3 hours',
       (d.day + 1)::timestamp AT TIME ZONE t.timezone + interval '3 hours'
FROM unnest(CAST(:days AS date[])) AS d (day), tracking.accounts t WHERE t.id = :account_id
