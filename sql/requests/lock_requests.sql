-- name: lock_requests()
-- Makes transactions that open a request wait for each other.
SELECT pg_advisory_xact_lock(hashtext('redaction.requests'))
