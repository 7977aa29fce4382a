-- name: forget_lost_identities(accounts, ids)
-- Forgets the identities of those of some activities whose row is gone with its partition, and returns these, each with
-- the run that had redacted it.
SELECT account_id, id, run_id FROM tracking.forget_lost_identities(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[]))
