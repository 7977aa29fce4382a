-- name: collect_run_days(run_id, account_id)
-- Collects the days of a run that are not collected yet.
INSERT INTO report_days (day, start_at, end_at)
SELECT d.day, d.day::timestamp AT TIME ZONE t.timezone - interval '3 hours',
       (d.day + 1)::timestamp AT TIME ZONE t.timezone + interval '3 hours'
FROM redaction.run_days d, tracking.accounts t WHERE d.run_id = :run_id AND t.id = :account_id
ON CONFLICT (day) DO NOTHING
