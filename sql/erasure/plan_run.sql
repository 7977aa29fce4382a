-- name: plan_run(run_id)
-- Returns the partitions of which a run still has batches to strip: rows due in each, rows in all (an estimate), bytes.
SELECT p.partition_name, b.due, p.rows, p.bytes
FROM (
    SELECT partition_name, sum(cardinality(activity_ids))::bigint AS due
    FROM redaction.run_batches WHERE run_id = :run_id AND NOT stripped
    GROUP BY partition_name
) b
JOIN redaction.partitions p USING (partition_name)
ORDER BY p.partition_name
