-- name: unlock_replay()
-- Lets others replay the ledger.
SELECT pg_advisory_unlock(hashtext('redaction.replay'))
