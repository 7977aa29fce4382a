-- name: list_stale_days(account_ids, first, last)
-- Returns the local days of a period that have changed since they were last counted, of any of these accounts.
SELECT DISTINCT day FROM reporting.stale_days
WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
