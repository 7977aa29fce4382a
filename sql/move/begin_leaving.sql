-- name: begin_leaving(account_id, other_placement)
-- Marks an account as leaving; after this transaction nothing starts there.
UPDATE tracking.accounts
SET whereabouts = 'leaving', other_placement = :other_placement, moving_since = coalesce(moving_since, clock_timestamp())
WHERE id = :account_id AND whereabouts IN ('here', 'leaving')
