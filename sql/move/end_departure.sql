-- name: end_departure(account_id)
-- Marks the move of an account as ended at the old placement: nothing of it is left there.
UPDATE tracking.accounts SET moving_since = NULL WHERE id = :account_id AND whereabouts = 'left'
