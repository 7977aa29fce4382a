-- name: rebuild_activity_by_hour(account_id)
-- Replaces the rows of the collected days; redacted activities count, and have a column of their own. NULL stays NULL.
WITH gone AS (
    DELETE FROM reporting.activity_by_hour WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
)
INSERT INTO reporting.activity_by_hour (account_id, day, hour, activities, redacted)
SELECT :account_id, day, hour, sum(activities), sum(redacted)
FROM report_rows
WHERE part = 'way'
GROUP BY day, hour
