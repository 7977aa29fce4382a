-- name: administrators_of(account_ids)
-- Returns the administrators of some accounts, by name, and whether they may place and release holds.
SELECT account_id, username, may_hold, may_release FROM tracking.account_users
WHERE account_id = ANY (CAST(:account_ids AS bigint[])) AND role = 'administrator'
ORDER BY account_id, username
