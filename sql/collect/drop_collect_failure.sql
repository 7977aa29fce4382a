-- name: drop_collect_failure(account_id)
-- Forgets why an account was not fetched, after a successful fetch.
DELETE FROM redaction.collect_failures WHERE account_id = :account_id
