-- name: name_accounts(account_ids)
-- Returns the names of some accounts.
SELECT a.id, a.name FROM tracking.accounts a WHERE a.id = ANY(CAST(:account_ids AS bigint[])) AND a.name <> ''
