-- name: revive_objects(accounts, ids)
-- Of activities whose row was gone and is there again, has the objects that were due be theirs again.
SELECT tracking.revive_objects(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[]))
