-- name: begin_rewrite(partition_name)
-- Has every change of a partition noted from the end of this transaction on.
SELECT redaction.begin_rewrite(:partition_name)
