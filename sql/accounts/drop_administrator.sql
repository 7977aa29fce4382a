-- name: drop_administrator(account_id, username)
-- Removes a person from the administrators of an account.
DELETE FROM tracking.account_users WHERE account_id = :account_id AND username = :username
