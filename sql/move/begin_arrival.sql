-- name: begin_arrival(account_id, run_key, requested_by)
-- Records the run that everything redacted elsewhere belongs to from now on, once for each move; returns its id.
WITH made AS (
    INSERT INTO redaction.runs (account_id, kind, trigger, run_key, cutoff, requested_by, state, finished_at)
    VALUES (:account_id, 'move', 'cli', :run_key, clock_timestamp(), :requested_by, 'succeeded', clock_timestamp())
    ON CONFLICT (run_key) DO NOTHING
    RETURNING id
)
SELECT id FROM made UNION ALL SELECT id FROM redaction.runs WHERE run_key = :run_key LIMIT 1
