-- name: unknown_accounts()
-- Returns the unknown accounts that rows of the old table name, at most twenty.
SELECT DISTINCT b.account_id AS id
FROM tracking_before.activities b
WHERE NOT EXISTS (SELECT FROM tracking.accounts a WHERE a.id = b.account_id)
ORDER BY 1 LIMIT 20
