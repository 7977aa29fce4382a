-- name: copy_addresses_in()
-- Copies in the digests of the addresses that the clock has taken.
COPY tracking.taken_addresses (account_id, activity_id, digest) FROM STDIN (FORMAT binary)
