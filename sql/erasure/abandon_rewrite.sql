-- name: abandon_rewrite(partition_name, lock_ms)
-- Removes the copy of a rewrite that is given up; does nothing in a session that does not rewrite the partition.
SELECT redaction.abandon_rewrite(:partition_name, :lock_ms)
