-- name: rebuild_activity_by_number(account_id)
-- Replaces the rows of the collected days; redacted activities count, and have a column of their own. NULL stays NULL.
WITH gone AS (
    DELETE FROM reporting.activity_by_number WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
)
INSERT INTO reporting.activity_by_number (account_id, day, tracking_number, tracking_label, activities, redacted)
SELECT :account_id, day, tracking_number, tracking_label, sum(activities), sum(redacted)
FROM report_rows
WHERE part = 'rest'
GROUP BY day, tracking_number, tracking_label
