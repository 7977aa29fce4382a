-- name: set_run(run_id)
-- Names the run that the statements of this transaction look at.
SELECT set_config('redaction.run_id', :run_id, true)
