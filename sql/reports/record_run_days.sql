-- name: record_run_days(run_id)
-- Records the local days whose reports a run will change: those of its activities.
INSERT INTO redaction.run_days (run_id, day)
SELECT DISTINCT run_id, day FROM redaction.run_batches WHERE run_id = :run_id
ON CONFLICT DO NOTHING
