-- name: partition_bytes(partition_name)
-- Returns the bytes of the files of a partition: heap, TOAST, indexes.
SELECT bytes FROM redaction.partitions WHERE relation = to_regclass(format('tracking.%I', CAST(:partition_name AS text)))
