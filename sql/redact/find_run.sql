-- name: find_run(run_key)
-- Returns the run that was begun under a key, so that a repeated task goes on with its set instead of a second one.
SELECT id, account_id, kind, cutoff, state, due_count FROM redaction.runs WHERE run_key = :run_key
