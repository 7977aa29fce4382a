-- name: runs_of_backup(run_ids)
-- Returns those of some runs that came with the backup, unlike those that a replay has started.
SELECT id FROM redaction.runs WHERE id = ANY(CAST(:run_ids AS bigint[])) AND trigger <> 'replay'
