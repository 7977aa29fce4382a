-- name: list_changed_accounts()
-- Returns the accounts that have days whose activities changed since the reports last counted them.
SELECT DISTINCT account_id FROM reporting.stale_days ORDER BY account_id
