-- name: fail_run(run_id, step, failure, said, seconds)
-- Marks a run failed at a step, with the name of the error and its message; the set stays, so that a retry goes on with it.
-- The seconds that the step took are added, as those of a step that succeeds are.
UPDATE redaction.runs
SET state = 'failed', failed_step = :step, failure = :failure, failure_said = :said, finished_at = clock_timestamp(),
    seconds = {% include "runs/_add_seconds.sql" %}

WHERE id = :run_id AND state NOT IN ('succeeded', 'refused', 'abandoned', 'nothing_due')
