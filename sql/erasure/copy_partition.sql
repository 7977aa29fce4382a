-- name: copy_partition(partition_name, run_id)
-- Writes a copy of a partition, with the rows of a run stripped if there is one; returns when that was done.
SELECT redaction.copy_partition(:partition_name, :run_id) AS copied_at
