-- name: redo_run(run_id, started_at)
-- Returns the run that the backup has, or a killed replay has started, for the replay to continue; no row if there is
-- none. The ledger has the run already, so it is not recorded again.
UPDATE redaction.runs SET kind = 'replay'
WHERE id = :run_id AND started_at = CAST(:started_at AS timestamptz) AND state NOT IN ('refused', 'abandoned')
RETURNING id, account_id, kind, cutoff, state, due_count
