-- name: list_administrators(account_id)
-- Returns who administers an account, by name.
SELECT username FROM tracking.account_users WHERE account_id = :account_id AND role = 'administrator' ORDER BY username
