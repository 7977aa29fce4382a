-- name: runs_to_record(account_id)
-- Returns the finished runs of an account whose counts of objects have changed since the ledger last recorded them.
SELECT id, account_id, objects AS after, objects_told AS before FROM redaction.runs
WHERE account_id = :account_id AND state IN ('succeeded', 'abandoned') AND objects IS DISTINCT FROM objects_told
ORDER BY id FOR UPDATE
