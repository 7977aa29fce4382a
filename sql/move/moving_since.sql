-- name: moving_since(account_id)
-- Returns when the move of an account was begun; the same for a try that goes on.
SELECT moving_since AS since FROM tracking.accounts WHERE id = :account_id
