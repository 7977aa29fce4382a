-- name: cut_texts(account_id, digests)
-- Cuts texts out of the activities in the last ledger row, which this transaction has written; see
-- `redaction.cut_texts`. Returns the number of changed activities.
SELECT redaction.cut_texts(:account_id, CAST(:digests AS bytea[])) AS cut
