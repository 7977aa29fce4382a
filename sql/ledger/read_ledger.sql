-- name: read_ledger(after, most)
-- Returns ledger rows after a position, in order.
SELECT position, kind, account_id, run_id, actor, reason, facts, written_at, previous_hash, hash
FROM redaction.ledger WHERE position > :after ORDER BY position LIMIT :most
