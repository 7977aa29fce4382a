-- name: drop_collect_failure(account_id)
-- Forgets why an account was not fetched: it was.
DELETE FROM redaction.collect_failures WHERE account_id = :account_id
