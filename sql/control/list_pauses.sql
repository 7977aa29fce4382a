-- name: list_pauses()
-- Returns the pauses in force; account NULL means all accounts.
SELECT account_id, reason, paused_by, paused_at FROM redaction.pauses ORDER BY account_id NULLS FIRST
