-- name: remember_cutoff(account_id, run_id, cutoff, recordings_cutoff)
-- Remembers that everything of an account before an instant was redacted, and its recordings before a later one (NULL:
-- none), in case some of it is sent again.
INSERT INTO redaction.forgotten_before AS f (account_id, before, run_id, recordings_before)
VALUES (:account_id, :cutoff, :run_id, :recordings_cutoff)
ON CONFLICT (account_id) DO UPDATE
SET before = greatest(f.before, excluded.before), recordings_before = greatest(f.recordings_before, excluded.recordings_before),
    run_id = CASE WHEN f.before < excluded.before THEN excluded.run_id ELSE f.run_id END
WHERE f.before < excluded.before OR coalesce(f.recordings_before, '-infinity') < excluded.recordings_before
