-- name: lock_ledger()
-- Lets one transaction at a time write to the ledger, until its end.
SELECT pg_advisory_xact_lock(hashtext('redaction.ledger'))
