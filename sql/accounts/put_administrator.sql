-- name: put_administrator(account_id, username)
-- Makes a person an administrator of an account.
INSERT INTO tracking.account_users (account_id, username) VALUES (:account_id, :username)
ON CONFLICT (account_id, username) DO UPDATE SET role = excluded.role
