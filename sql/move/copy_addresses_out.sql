-- name: copy_addresses_out(account_id)
-- Copies out the digests of the addresses that the clock has taken; the keys of the account move with its settings.
COPY (SELECT account_id, activity_id, digest FROM tracking.taken_addresses WHERE account_id = :account_id)
TO STDOUT (FORMAT binary)
