-- name: entries_of_closing(account_id, stage)
-- Returns the ledger rows that record a stage of an account's closing: begun, closed, removed.
SELECT position, kind, account_id, run_id, actor, reason, facts, written_at, previous_hash, hash
FROM redaction.ledger
WHERE kind = 'closing' AND account_id = :account_id AND facts ->> 'stage' = :stage ORDER BY position
