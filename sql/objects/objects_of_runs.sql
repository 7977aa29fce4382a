-- name: objects_of_runs(run_ids)
-- Returns the counts of the objects of some runs.
SELECT id, account_id, objects FROM redaction.runs WHERE id = ANY(CAST(:run_ids AS bigint[])) ORDER BY id
