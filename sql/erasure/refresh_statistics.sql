-- name: refresh_statistics(partition_name)
-- Analyzes a partition; of its personal columns nothing is kept.
SELECT redaction.refresh_statistics(:partition_name)
