-- name: forget_taken_addresses(account_id)
-- Removes the digests that this placement has made of the addresses of an arriving account, by keys of its own.
DELETE FROM tracking.taken_addresses WHERE account_id = :account_id
