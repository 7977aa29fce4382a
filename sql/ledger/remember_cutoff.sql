-- name: remember_cutoff(account_id, run_id, cutoff)
-- Remembers that all of an account before an instant was redacted, for when some of it is sent again.
INSERT INTO redaction.forgotten_before (account_id, before, run_id) VALUES (:account_id, :cutoff, :run_id)
ON CONFLICT (account_id) DO UPDATE SET before = excluded.before, run_id = excluded.run_id
WHERE forgotten_before.before < excluded.before
