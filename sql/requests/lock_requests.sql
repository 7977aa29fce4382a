-- name: lock_requests()
-- Has who opens a request wait for others who do, until the end of the transaction.
SELECT pg_advisory_xact_lock(hashtext('redaction.requests'))
