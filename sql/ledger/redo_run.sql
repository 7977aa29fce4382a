-- name: redo_run(run_id, started_at)
-- Returns the run that the backup knows, or a replay that was killed has begun, for the replay to go on with; none if there
-- is none. What it did is in the ledger already, so it is not recorded again.
UPDATE redaction.runs SET kind = 'replay'
WHERE id = :run_id AND started_at = CAST(:started_at AS timestamptz) AND state NOT IN ('refused', 'abandoned')
RETURNING id, account_id, kind, cutoff, state, due_count
