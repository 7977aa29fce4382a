-- name: forget_lost_identities(accounts, ids)
-- Forgets the identities of those of some activities whose row is gone with its partition, and returns these.
SELECT account_id, id FROM tracking.forget_lost_identities(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[]))
