-- name: abandon_run(run_id, abandoned_by, because)
-- Ends an unfinished run; what it had selected and not stripped is due again. Returns no row if it has ended already.
-- No later run selects the set of a manual run by age, so for such a run it returns which activities were redacted and
-- which were left.
WITH ended AS (
    UPDATE redaction.runs
    SET state = 'abandoned', abandoned_by = :abandoned_by, abandoned_because = :because, finished_at = clock_timestamp(),
        objects_told = objects
    WHERE id = :run_id AND state NOT IN ('succeeded', 'refused', 'abandoned', 'nothing_due')
    RETURNING id, account_id, kind, cutoff, started_at, due_count, stripped_count, objects, recordings_cutoff,
              recordings_taken
)
SELECT e.account_id, e.kind, e.cutoff, e.started_at, e.due_count, e.stripped_count, e.objects, e.recordings_cutoff,
       e.recordings_taken, s.ids, s.ids_left
FROM ended e
LEFT JOIN LATERAL (
    SELECT coalesce(array_agg(u.id ORDER BY u.id) FILTER (WHERE a.redaction_run_id = e.id), '{}') AS ids,
           coalesce(array_agg(u.id ORDER BY u.id) FILTER (WHERE a.redaction_run_id IS DISTINCT FROM e.id), '{}') AS ids_left
    FROM redaction.run_batches b CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
    LEFT JOIN tracking.activity_identity i ON i.account_id = e.account_id AND i.id = u.id
    LEFT JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
    WHERE b.run_id = e.id
) s ON e.kind NOT IN ('automatic', 'closing') AND e.stripped_count > 0
