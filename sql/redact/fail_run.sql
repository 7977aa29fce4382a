-- name: fail_run(run_id, step, failure)
-- Marks a run failed at a step, with the name of the error; the set stays, so that a retry goes on with it.
UPDATE redaction.runs
SET state = 'failed', failed_step = :step, failure = :failure, finished_at = clock_timestamp()
WHERE id = :run_id AND state NOT IN ('succeeded', 'refused')
