-- name: find_run(run_key)
-- Returns the run that was begun, or refused, under a key, with its request: a repeated task continues with its set
-- instead of a second one, and nothing else is done under that key.
SELECT id, account_id, kind, cutoff, state, due_count, requested_by, request, failure FROM redaction.runs
WHERE run_key = :run_key
