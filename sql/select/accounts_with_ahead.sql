-- name: accounts_with_ahead(account_ids)
-- Returns which of some accounts have activities that were dated more than a day ahead when they were loaded. The
-- queries for those due plan over all partitions, and almost always find none.
SELECT u.id
FROM unnest(CAST(:account_ids AS bigint[])) AS u (id)
WHERE EXISTS (SELECT FROM tracking.future_activities f WHERE f.account_id = u.id)
