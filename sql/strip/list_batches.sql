-- name: list_batches(run_id)
-- Returns the batches of a run that are not stripped yet, in order: partition and number of rows.
SELECT number, partition_name, cardinality(activity_ids) AS rows
FROM redaction.run_batches WHERE run_id = :run_id AND NOT stripped
ORDER BY number
