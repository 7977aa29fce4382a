-- name: list_pauses()
-- Returns the pauses in force; an account of NULL is all of them.
SELECT account_id, reason, paused_by, paused_at FROM redaction.pauses ORDER BY account_id NULLS FIRST
