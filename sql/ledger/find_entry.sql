-- name: find_entry(run_id)
-- Returns the ledger row that records a run; no row if the run has not succeeded.
SELECT position, kind, account_id, run_id, actor, reason, facts, written_at, previous_hash, hash
FROM redaction.ledger WHERE run_id = :run_id AND kind = 'redaction'
