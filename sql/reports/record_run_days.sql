-- name: record_run_days(run_id, account_id)
-- Records the local days whose reports a run will change: those of its activities.
INSERT INTO redaction.run_days (run_id, day)
SELECT DISTINCT CAST(:run_id AS bigint), (r.called_at AT TIME ZONE t.timezone)::date
FROM redaction.run_activities r JOIN tracking.accounts t ON t.id = :account_id
WHERE r.run_id = :run_id
