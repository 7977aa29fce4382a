-- name: hold_redacted(accounts, ids, contacts)
-- Makes the holds in force on some contacts keep activities that have come in redacted. Returns the number of these.
SELECT tracking.hold_redacted(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[]), CAST(:contacts AS text[])) AS held
