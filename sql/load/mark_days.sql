-- name: mark_days(accounts, days)
-- Marks days of accounts as changed, for the reports. An existing mark is locked, not skipped.
INSERT INTO reporting.stale_days (account_id, day)
SELECT account_id, day
FROM unnest(CAST(:accounts AS bigint[]), CAST(:days AS date[])) AS changed (account_id, day)
ORDER BY 1, 2
ON CONFLICT (account_id, day) DO UPDATE SET day = excluded.day
