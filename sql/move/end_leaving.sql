-- name: end_leaving(account_id)
-- Marks an account as gone from here: it has no DAG, no load and no run here any more.
UPDATE tracking.accounts SET whereabouts = 'left' WHERE id = :account_id AND whereabouts IN ('leaving', 'left')
