-- name: missing_accounts(account_ids)
-- Returns the missing ones of some accounts.
SELECT u.id FROM unnest(CAST(:account_ids AS bigint[])) AS u (id)
WHERE NOT EXISTS (SELECT FROM tracking.accounts a WHERE a.id = u.id)
ORDER BY u.id
