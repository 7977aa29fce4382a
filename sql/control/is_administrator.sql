-- name: is_administrator(account_id, username)
-- Says whether a person administers an account.
SELECT EXISTS (
    SELECT FROM tracking.account_users
    WHERE account_id = :account_id AND username = :username AND role = 'administrator'
) AS allowed
