-- name: rebuild_activity_by_status(account_id)
-- Replaces the rows of the collected days; redacted activities count, and have a column of their own. NULL stays NULL.
WITH gone AS (
    DELETE FROM reporting.activity_by_status WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
)
INSERT INTO reporting.activity_by_status (account_id, day, kind, status, activities, redacted)
SELECT :account_id, day, kind, status, sum(activities), sum(redacted)
FROM report_rows
WHERE part = 'rest'
GROUP BY day, kind, status
