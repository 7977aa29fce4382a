-- name: cut_texts(account_id, digests)
-- Cuts texts out of the activities that the last row of the ledger, written in this transaction, tells of; see
-- `redaction.cut_texts`. Returns how many activities were changed.
SELECT redaction.cut_texts(:account_id, CAST(:digests AS bytea[])) AS cut
