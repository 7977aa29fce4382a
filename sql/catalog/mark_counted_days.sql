-- name: mark_counted_days()
-- Marks every day that a report has counted as changed, so that it is counted again.
INSERT INTO reporting.stale_days (account_id, day)
SELECT DISTINCT account_id, day FROM reporting.activity_by_hour ORDER BY 1, 2
ON CONFLICT (account_id, day) DO NOTHING
