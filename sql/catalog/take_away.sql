-- name: take_away(account_id, ids, columns)
-- Empties retained columns of redacted activities, which the last row of the ledger says, and records what that leaves in
-- the files. Returns of how many.
SELECT redaction.take_away(:account_id, CAST(:ids AS bigint[]), CAST(:columns AS text[])) AS activities
