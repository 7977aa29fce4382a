-- name: partition_bytes(partition_name)
-- Returns the bytes of the files of a partition, or of another table (named with its schema): heap, TOAST, indexes.
SELECT bytes FROM redaction.partitions WHERE relation = to_regclass(format('tracking.%I', CAST(:partition_name AS text)))
UNION ALL
SELECT pg_total_relation_size(to_regclass(:partition_name)) WHERE strpos(:partition_name, '.') > 0
