-- name: count_as_new(account_id, username)
-- Makes an administrator, whom the owner has restored, one from this moment on.
UPDATE tracking.account_users SET since = clock_timestamp() WHERE account_id = :account_id AND username = :username
