-- name: mark_removed(account_id)
-- Records that the retained data of a closed account was removed.
UPDATE tracking.accounts SET removed_at = clock_timestamp() WHERE id = :account_id AND removed_at IS NULL
