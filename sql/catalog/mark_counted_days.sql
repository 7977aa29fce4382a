-- name: mark_counted_days()
-- Tells the reports that every day that they have counted is to be counted anew.
INSERT INTO reporting.stale_days (account_id, day)
SELECT DISTINCT account_id, day FROM reporting.activity_by_hour ORDER BY 1, 2
ON CONFLICT (account_id, day) DO NOTHING
