-- name: drop_objects(account_id)
-- Removes the objects of an account, the counts of those that are settled, and the marks of its activities: where it
-- arrives what the copied activities and an earlier try have left, where it was what has moved.
WITH settled AS (DELETE FROM tracking.settled_objects WHERE account_id = :account_id),
reported AS (DELETE FROM tracking.redacted_at_source WHERE account_id = :account_id),
taken AS (DELETE FROM tracking.taken_recordings WHERE account_id = :account_id),
future AS (DELETE FROM tracking.future_activities WHERE account_id = :account_id)
DELETE FROM tracking.objects WHERE account_id = :account_id
