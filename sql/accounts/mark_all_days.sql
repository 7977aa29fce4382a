-- name: mark_all_days(account_id)
-- Marks every local day of an account as changed, after a change of its zone: days that have reports, and days with
-- activities in the new zone.
INSERT INTO reporting.stale_days (account_id, day)
SELECT DISTINCT a.account_id, (a.called_at AT TIME ZONE t.timezone)::date
FROM tracking.activities a JOIN tracking.accounts t ON t.id = a.account_id
WHERE a.account_id = :account_id
UNION
SELECT account_id, day FROM reporting.activity_by_hour WHERE account_id = :account_id
ON CONFLICT DO NOTHING
