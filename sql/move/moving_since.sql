-- name: moving_since(account_id)
-- Returns when the move of an account was begun; the same for a continued try.
SELECT moving_since AS since FROM tracking.accounts WHERE id = :account_id
