-- name: administered_accounts(username)
-- Returns the accounts that a person administers.
SELECT account_id FROM tracking.account_users WHERE username = :username AND role = 'administrator'
