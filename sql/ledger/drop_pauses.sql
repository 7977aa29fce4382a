-- name: drop_pauses()
-- Ends every pause; a replay sets those that the ledger leaves in force again.
DELETE FROM redaction.pauses
