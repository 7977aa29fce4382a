-- name: list_administrators(account_id)
-- Returns the administrators of an account, by name, and whether they may place and release holds.
SELECT username, may_hold, may_release FROM tracking.account_users WHERE account_id = :account_id AND role = 'administrator' ORDER BY username
