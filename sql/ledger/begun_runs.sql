-- name: begun_runs(run_ids)
-- Returns those of some runs that are here, with when each was begun.
SELECT id, started_at FROM redaction.runs WHERE id = ANY(CAST(:run_ids AS bigint[]))
