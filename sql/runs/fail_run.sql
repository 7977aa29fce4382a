-- name: fail_run(run_id, step, failure, said, seconds)
-- Marks a run failed at a step, with the name of the error and its message; the set stays, so that a retry continues
-- with it. The seconds of the step are added, as for a step that succeeds.
UPDATE redaction.runs
SET state = 'failed', failed_step = :step, failure = :failure, failure_said = :said, finished_at = clock_timestamp(),
    seconds = {% include "runs/_add_seconds.sql" %}

WHERE id = :run_id AND state NOT IN ('succeeded', 'refused', 'abandoned', 'nothing_due')
