-- name: begin_rewrite(partition_name, lock_ms)
-- Has every change of a partition noted from the end of this transaction on.
SELECT redaction.begin_rewrite(:partition_name, :lock_ms)
