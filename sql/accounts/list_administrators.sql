-- name: list_administrators(account_id)
-- Returns who administers an account, by name, and whether they may place and may release holds.
SELECT username, may_hold, may_release FROM tracking.account_users WHERE account_id = :account_id AND role = 'administrator' ORDER BY username
