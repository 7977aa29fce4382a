-- name: end_pause(account_id)
-- Ends the pause of an account (NULL: the pause of all).
DELETE FROM redaction.pauses WHERE account_id IS NOT DISTINCT FROM CAST(:account_id AS bigint)
