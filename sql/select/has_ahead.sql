-- name: has_ahead(account_id)
-- Says whether an account has activities that were dated more than a day ahead when they were loaded. The query for
-- those due plans over all partitions, and almost always finds none.
SELECT EXISTS (SELECT FROM tracking.future_activities WHERE account_id = :account_id) AS found
