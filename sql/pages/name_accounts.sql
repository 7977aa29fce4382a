-- name: name_accounts(account_ids)
-- Returns what some accounts are called.
SELECT a.id, a.name FROM tracking.accounts a WHERE a.id = ANY(CAST(:account_ids AS bigint[])) AND a.name <> ''
