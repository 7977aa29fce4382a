-- name: lock_stores()
-- Lets one change of the stores run at a time, since each is checked against all others.
SELECT pg_advisory_xact_lock(hashtext('redaction.stores'))
