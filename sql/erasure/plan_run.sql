-- name: plan_run(run_id)
-- Returns the partitions that the set of a run touches: rows due in each, rows in all (an estimate), bytes.
WITH partitions AS MATERIALIZED (
    SELECT * FROM redaction.partitions
)
SELECT p.partition_name, p.starts, p.ends, sum(d.due)::bigint AS due, p.rows, p.bytes
FROM (
    SELECT date_trunc('day', called_at, 'UTC') AS day, count(*) AS due
    FROM redaction.run_activities WHERE run_id = :run_id
    GROUP BY 1
) d
JOIN LATERAL (
    SELECT * FROM partitions p
    WHERE p.is_default OR (d.day >= p.starts AND d.day < p.ends)
    ORDER BY p.is_default
    LIMIT 1
) p ON true
GROUP BY p.partition_name, p.starts, p.ends, p.rows, p.bytes
ORDER BY p.partition_name
