-- name: advance_run(run_id, state, erasure_level, step, seconds)
-- Moves a run to its next state after a step and adds the seconds that the step took; a finished run gets its end.
UPDATE redaction.runs
SET state = :state, erasure_level = :erasure_level, failed_step = NULL, failure = NULL, failure_said = NULL,
    seconds = {% include "runs/_add_seconds.sql" %},
    finished_at = CASE WHEN :state = 'succeeded' THEN clock_timestamp() END
WHERE id = :run_id
