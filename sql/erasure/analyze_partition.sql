-- name: analyze_partition(partition_name)
-- Refreshes the planner's statistics of a partition and its leaf, of no personal column.
SELECT redaction.analyze_partition(:partition_name)
