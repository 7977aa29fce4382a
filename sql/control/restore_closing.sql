-- name: restore_closing(account_id, since, reason, requested_by, approved_by)
-- Closes an account again, from the ledger after a restore.
UPDATE tracking.accounts
SET closing_since = :since, closing_reason = :reason, closing_requested_by = :requested_by, closing_approved_by = :approved_by
WHERE id = :account_id AND closing_since IS NULL
