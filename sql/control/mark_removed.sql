-- name: mark_removed(account_id)
-- Notes that what a closed account had kept was taken away.
UPDATE tracking.accounts SET removed_at = clock_timestamp() WHERE id = :account_id AND removed_at IS NULL
