-- name: has_objects(account_id)
-- Does any activity of an account name an object?
SELECT EXISTS (SELECT FROM tracking.objects WHERE account_id = :account_id) AS found
