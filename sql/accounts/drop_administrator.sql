-- name: drop_administrator(account_id, username)
-- Takes a person's administration of an account away.
DELETE FROM tracking.account_users WHERE account_id = :account_id AND username = :username
