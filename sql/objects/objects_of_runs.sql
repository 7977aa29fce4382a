-- name: objects_of_runs(run_ids)
-- Returns the counts of some runs' objects, and the number of due ones that were not tried yet, which no count
-- includes.
SELECT r.id, r.account_id, r.objects, (
    SELECT count(*) FROM tracking.objects o
    WHERE o.run_id = r.id AND o.account_id = r.account_id AND o.due_since IS NOT NULL AND o.outcome IS NULL
) AS untried
FROM redaction.runs r WHERE r.id = ANY(CAST(:run_ids AS bigint[])) ORDER BY r.id
