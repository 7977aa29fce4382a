-- name: stop_strips(account_id)
-- Lets no strip of an account (NULL: of any) commit until this transaction has ended; waits for those about to commit.
SELECT redaction.stop_strips(CAST(:account_id AS bigint))
