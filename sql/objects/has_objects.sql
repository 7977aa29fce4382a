-- name: has_objects(account_id)
-- Says whether any activity of an account names an object.
SELECT EXISTS (SELECT FROM tracking.objects WHERE account_id = :account_id) AS found
