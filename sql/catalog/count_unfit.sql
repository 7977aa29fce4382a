-- name: count_unfit()
-- Returns for each account how many of its redacted activities have a value in a column that this program's catalog
-- calls personal and the database's catalog calls retained. Reads all activities.
SELECT a.account_id, count(*) AS activities
FROM tracking.activities a
WHERE a.redacted_at IS NOT NULL AND num_nonnulls({% for column in personal %}a.{{ column }}{{ ", " if not loop.last }}{% endfor %}) > 0
GROUP BY a.account_id
ORDER BY a.account_id
