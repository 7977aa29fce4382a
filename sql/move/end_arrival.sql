-- name: end_arrival(account_id)
-- Marks an account as here.
UPDATE tracking.accounts SET whereabouts = 'here', other_placement = NULL, moving_since = NULL WHERE id = :account_id
