-- name: end_rewrite(partition_name)
-- Lets others rewrite this partition.
SELECT redaction.end_rewrite(:partition_name)
