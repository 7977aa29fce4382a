-- name: begin_rewrite(partition_name, lock_ms)
-- Records every change of a partition from the end of this transaction on.
SELECT redaction.begin_rewrite(:partition_name, :lock_ms)
