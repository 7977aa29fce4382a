-- name: count_unfit()
-- Returns of each account how many of its redacted activities hold a value in a column that the catalog of this program
-- calls personal: with that of the database it was retained. Reads through the activities.
SELECT a.account_id, count(*) AS activities
FROM tracking.activities a
WHERE a.redacted_at IS NOT NULL AND num_nonnulls({% for column in personal %}a.{{ column }}{{ ", " if not loop.last }}{% endfor %}) > 0
GROUP BY a.account_id
ORDER BY a.account_id
