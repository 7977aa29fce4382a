-- name: take_away(account_id, ids, columns)
-- Empties retained columns of redacted activities, as the last ledger row records, and records the residue in the
-- files. Returns the number of activities.
SELECT redaction.take_away(:account_id, CAST(:ids AS bigint[]), CAST(:columns AS text[])) AS activities
