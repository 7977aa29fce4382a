-- name: rewritten_partitions(run_id)
-- Returns the partitions that a run has rewritten: a retry leaves them alone.
SELECT partition_name FROM redaction.run_partitions WHERE run_id = :run_id AND mode = 'rewrite'
