-- name: runs_of_backup(run_ids)
-- Returns those of some runs that the backup has brought, unlike those that a replay has begun.
SELECT id FROM redaction.runs WHERE id = ANY(CAST(:run_ids AS bigint[])) AND trigger <> 'replay'
