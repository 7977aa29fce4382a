-- name: traces_of_unknown_runs()
-- Returns the ids of runs that have left a trace in the pipeline's tables, and whose record is gone.
SELECT t.run_id
FROM (
    SELECT run_id FROM redaction.run_batches
    UNION SELECT run_id FROM redaction.run_partitions
    UNION SELECT run_id FROM redaction.run_findings
    UNION SELECT run_id FROM redaction.forgotten_before
) t
WHERE NOT EXISTS (SELECT FROM redaction.runs r WHERE r.id = t.run_id)
ORDER BY t.run_id
