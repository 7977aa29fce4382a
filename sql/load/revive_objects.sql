-- name: revive_objects(accounts, ids)
-- Gives due objects back to their activities whose row was gone and exists again.
SELECT tracking.revive_objects(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[]))
