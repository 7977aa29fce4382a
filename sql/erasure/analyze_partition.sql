-- name: analyze_partition(partition_name)
-- Has the planner look at a partition and its leaf anew; at no personal column.
SELECT redaction.analyze_partition(:partition_name)
