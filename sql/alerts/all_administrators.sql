-- name: all_administrators()
-- Returns who administers which account.
SELECT username, account_id FROM tracking.account_users WHERE role = 'administrator' ORDER BY username, account_id
