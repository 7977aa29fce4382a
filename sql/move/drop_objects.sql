-- name: drop_objects(account_id)
-- Removes the objects of an account and the counts of those that are settled: where it arrives what the copied activities
-- and an earlier try have left, where it was what has moved.
WITH settled AS (DELETE FROM tracking.settled_objects WHERE account_id = :account_id)
DELETE FROM tracking.objects WHERE account_id = :account_id
