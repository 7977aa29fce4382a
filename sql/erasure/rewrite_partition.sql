-- name: rewrite_partition(partition_name, run_id, lock_ms, patience_ms)
-- Writes a partition anew, strips the rows of a run on the way if one is named, and swaps it in.
SELECT stripped, remaining, brought_over, locked_seconds
FROM redaction.rewrite_partition(:partition_name, :run_id, :lock_ms, :patience_ms)
