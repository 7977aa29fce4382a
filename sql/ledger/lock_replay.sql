-- name: lock_replay()
-- Lets one session at a time replay the ledger, until it releases the lock; says whether this one may.
SELECT pg_try_advisory_lock(hashtext('redaction.replay')) AS locked
