-- name: where_is(account_id)
-- Returns where an account is as seen from this placement, and the other placement if it moves; no row if it was never
-- here.
SELECT whereabouts, other_placement, moving_since IS NOT NULL AS moving FROM tracking.accounts WHERE id = :account_id
