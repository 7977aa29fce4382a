-- name: lock_ledger()
-- Lets one transaction at a time write to the ledger, until it ends.
SELECT pg_advisory_xact_lock(hashtext('redaction.ledger'))
