-- name: restore_closed(account_id, closed_at)
-- Records that an account was closed, from the ledger after a restore: what its runs had redacted is redacted again.
UPDATE tracking.accounts SET closed_at = CAST(:closed_at AS timestamptz) WHERE id = :account_id AND closed_at IS NULL
