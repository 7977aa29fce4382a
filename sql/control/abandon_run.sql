-- name: abandon_run(run_id, abandoned_by, because)
-- Ends a run that has not ended; what it had selected and not stripped is due again. No row if it has ended already.
UPDATE redaction.runs
SET state = 'abandoned', abandoned_by = :abandoned_by, abandoned_because = :because, finished_at = clock_timestamp()
WHERE id = :run_id AND state NOT IN ('succeeded', 'refused', 'abandoned')
RETURNING account_id, kind, due_count, stripped_count
