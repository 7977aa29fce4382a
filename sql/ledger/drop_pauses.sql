-- name: drop_pauses()
-- Ends every pause; a replay restores those that are in force by the ledger.
DELETE FROM redaction.pauses
