-- name: swap_partition(partition_name, run_id, lock_ms, patience_ms)
-- Brings over the changes since the copy, and swaps it in; the old files are gone with the transaction.
SELECT stripped, remaining, brought_over, locked_seconds
FROM redaction.swap_partition(:partition_name, :run_id, :lock_ms, :patience_ms)
