-- name: drop_objects(account_id)
-- Removes the objects of an account: where it arrives what the copied activities and an earlier try have left, where it
-- was what has moved.
DELETE FROM tracking.objects WHERE account_id = :account_id
