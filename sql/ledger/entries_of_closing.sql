-- name: entries_of_closing(account_id, stage)
-- Returns the rows of the ledger that tell that the closing of an account has come to a stage: begun, closed, removed.
SELECT position, kind, account_id, run_id, actor, reason, facts, written_at, previous_hash, hash
FROM redaction.ledger
WHERE kind = 'closing' AND account_id = :account_id AND facts ->> 'stage' = :stage ORDER BY position
