-- name: forget_lost_identities(accounts, ids)
-- Of some activities, forgets the identity of those whose row is gone with its partition, and returns which those are.
SELECT account_id, id FROM tracking.forget_lost_identities(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[]))
