-- name: drop_objects(account_id)
-- Removes the objects of an account, the counts of settled ones, and the marks of its activities: at the new placement
-- what an earlier try has left, at the old one what has moved.
WITH settled AS (DELETE FROM tracking.settled_objects WHERE account_id = :account_id),
reported AS (DELETE FROM tracking.redacted_at_source WHERE account_id = :account_id),
taken AS (DELETE FROM tracking.taken_recordings WHERE account_id = :account_id),
addresses AS (DELETE FROM tracking.taken_addresses WHERE account_id = :account_id),
future AS (DELETE FROM tracking.future_activities WHERE account_id = :account_id)
DELETE FROM tracking.objects WHERE account_id = :account_id
