-- name: partition_bytes(partition_name)
-- Returns the bytes of the files of a partition: heap, TOAST, indexes.
SELECT bytes FROM redaction.partitions WHERE partition_name = :partition_name
