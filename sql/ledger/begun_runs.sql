-- name: begun_runs(run_ids)
-- Returns the existing ones of some runs, with their start.
SELECT id, started_at FROM redaction.runs WHERE id = ANY(CAST(:run_ids AS bigint[]))
