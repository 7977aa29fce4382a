-- name: account_exists(account_id)
-- Says whether this placement has an account.
SELECT EXISTS (SELECT FROM tracking.accounts WHERE id = :account_id AND whereabouts IN ('here', 'leaving')) AS found
