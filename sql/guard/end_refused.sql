-- name: end_refused(run_id, failure)
-- Ends a run that a person has refused before it stripped anything; what it had selected is due with the next run.
UPDATE redaction.runs
SET state = 'refused', failed_step = 'begin', failure = :failure, finished_at = clock_timestamp()
WHERE id = :run_id AND state IN ('selected', 'failed')
