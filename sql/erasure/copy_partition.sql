-- name: copy_partition(partition_name, run_id)
-- Writes a partition anew beside the old one, the rows of a run stripped if one is named; returns when that was done.
SELECT redaction.copy_partition(:partition_name, :run_id) AS copied_at
