-- name: list_moved_weeks(account_id)
-- Returns the weeks (UTC) in which an account has activities, and their number; one week is moved at a time.
SELECT date_trunc('week', called_at, 'UTC') AS start, date_trunc('week', called_at, 'UTC') + interval '7 days' AS end,
       count(*) AS activities
FROM tracking.activity_identity WHERE account_id = :account_id GROUP BY 1, 2 ORDER BY 1
