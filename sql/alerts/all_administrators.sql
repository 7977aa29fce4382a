-- name: all_administrators()
-- Returns the administrators of all accounts.
SELECT username, account_id FROM tracking.account_users WHERE role = 'administrator' ORDER BY username, account_id
