-- name: vouch_administrator(account_id, username)
-- Makes an administrator count as a second person for everybody, at once: the operator vouches for them.
UPDATE tracking.account_users SET since = '-infinity', made_by = '{}'
WHERE account_id = :account_id AND username = :username
