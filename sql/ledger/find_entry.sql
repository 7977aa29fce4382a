-- name: find_entry(run_id)
-- Returns the row of the ledger by which a run is recorded; none if it has not succeeded.
SELECT position, kind, account_id, run_id, actor, reason, facts, written_at, previous_hash, hash
FROM redaction.ledger WHERE run_id = :run_id AND kind = 'redaction'
