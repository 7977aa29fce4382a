-- name: list_expired_holds(account_id)
-- Returns the holds in force of an account (NULL: of all) whose end has passed, and that end.
SELECT id, account_id, expires_at FROM redaction.holds
WHERE released_at IS NULL AND expires_at <= clock_timestamp()
  AND (CAST(:account_id AS bigint) IS NULL OR account_id = :account_id)
ORDER BY id
