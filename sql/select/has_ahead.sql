-- name: has_ahead(account_id)
-- Has an account activities that were dated more than a day ahead when they were loaded? To ask for those that are due plans
-- over all partitions, and nearly never is there one.
SELECT EXISTS (SELECT FROM tracking.future_activities WHERE account_id = :account_id) AS found
